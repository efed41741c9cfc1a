"""Routes that create, change and delete rules."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from mailtide_common.contracts.api.channels import ChannelList
from mailtide_common.contracts.api.rules import TEMPLATE_FIELDS, Rule
from mailtide_console.errors import RefusedError
from mailtide_console.layout.form import Returning
from mailtide_console.layout.parts import Operator, Parts, With
from mailtide_console.layout.render import renderer

from .failures import failure
from .forms import RuleForm

HOME = "/notifications"
API = "/api/rules"
router = APIRouter(prefix=f"{HOME}/rules")


@router.get("/new")
async def new_rule(request: Request, parts: With, operator: Operator) -> Response:
    return await _form(request, parts, operator, None, RuleForm.new())


@router.get("/{rule_id}")
async def rule(request: Request, parts: With, operator: Operator, rule_id: UUID) -> Response:
    found = await parts.notifier.call(Rule, "GET", f"{API}/{rule_id}", operator=operator)
    return await _form(request, parts, operator, found.id, RuleForm.of(found))


@router.post("")
async def create_rule(
    request: Request, parts: With, operator: Operator, form: Annotated[RuleForm, Form()]
) -> Response:
    """Create a rule. If the form is not valid or the request is refused, show the form again."""
    try:
        made = await parts.notifier.call(Rule, "POST", API, operator=operator, body=form.settings())
    except (RefusedError, ValueError) as error:
        return await _form(request, parts, operator, None, form, error=failure(error))
    return renderer(request).back(HOME, f"Created the rule {made.name}.")


@router.post("/{rule_id}")
async def change_rule(
    request: Request, parts: With, operator: Operator, rule_id: UUID, form: Annotated[RuleForm, Form()]
) -> Response:
    """Change a rule. If the form is not valid or the request is refused, show the form again."""
    try:
        made = await parts.notifier.call(
            Rule, "PUT", f"{API}/{rule_id}", operator=operator, body=form.settings()
        )
    except (RefusedError, ValueError) as error:
        return await _form(request, parts, operator, rule_id, form, error=failure(error))
    return renderer(request).back(HOME, f"Changed the rule {made.name}.")


@router.post("/{rule_id}/delete")
async def delete_rule(
    request: Request, parts: With, operator: Operator, rule_id: UUID, form: Annotated[Returning, Form()]
) -> Response:
    await parts.notifier.send("DELETE", f"{API}/{rule_id}", operator=operator)
    return renderer(request).back(form.next, "Deleted the rule.")


async def _form(
    request: Request,
    parts: Parts,
    operator: str,
    rule_id: UUID | None,
    form: RuleForm,
    *,
    error: str | None = None,
) -> Response:
    channels = await parts.notifier.call(ChannelList, "GET", "/api/channels", operator=operator)
    return renderer(request).page(
        request,
        "notifications/rule.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        rule_id=rule_id,
        form=form,
        error=error,
        channels=channels.channels,
        fields=sorted(TEMPLATE_FIELDS),
    )
