"""Routes of dead letters: by cause and one by one, redrive and discard."""

from collections import Counter
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import model_validator
from starlette.responses import Response

from mailtide_common.contracts.api.dead_letters import (
    DeadLetterCauses,
    DeadLetterDetails,
    DeadLetterPage,
    Discard,
    DiscardResult,
    Note,
    Redrive,
    RedriveResult,
)
from mailtide_common.contracts.api.model import PAGE_MAX, Text
from mailtide_console.layout.form import Returning
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer
from mailtide_console.layout.words import plural

from .causes import lines_of, meaning

PAGE = Page("Dead letters", "/dead-letters", "dead-letters")
router = APIRouter(prefix=PAGE.path)

LETTERS_SHOWN = 50
"""Letters of a page."""

REASONS_SHOWN = 3


class Chosen(Returning):
    """A form about one letter, or about the waiting letters of a cause (at most `PAGE_MAX`)."""

    letter_id: UUID | None = None
    error_class: Text | None = None
    topic: Text | None = None

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if (self.letter_id is None) == (self.error_class is None):
            raise ValueError("choose one letter, or one cause, but not both")
        return self

    @property
    def selection(self) -> dict[str, object]:
        """The selection as fields of the API's `Redrive` and `Discard`."""
        if self.letter_id is not None:
            return {"ids": (self.letter_id,)}
        return {"error_class": self.error_class, "topic": self.topic, "limit": PAGE_MAX}


class DiscardForm(Chosen):
    """The form of a discard; `note` is the reason, which is stored with the letters."""

    note: Note


@router.get("")
async def causes(request: Request, parts: With, operator: Operator) -> Response:
    """Show the numbers of waiting letters by cause."""
    found = await parts.scheduler.call(DeadLetterCauses, "GET", "/api/dead-letters/causes", operator=operator)
    return renderer(request).page(request, "dead_letters/causes.html", causes=found.causes, meaning=meaning)


@router.get("/letters")
async def letters(
    request: Request,
    parts: With,
    operator: Operator,
    *,
    topic: Text | None = None,
    error_class: Text | None = None,
    after: UUID | None = None,
) -> Response:
    """Show a page of letters.

    With `topic` and `error_class`, these are the waiting letters of a cause. Otherwise, these are all
    letters, also decided ones.
    """
    query: dict[str, str | int] = {"limit": LETTERS_SHOWN}
    if not (topic and error_class):
        topic = error_class = None
    else:
        query |= {"topic": topic, "error_class": error_class, "waiting": "true"}
    if after is not None:
        query["cursor"] = str(after)
    found = await parts.scheduler.call(
        DeadLetterPage, "GET", "/api/dead-letters", operator=operator, query=query
    )
    causes_found = await parts.scheduler.call(
        DeadLetterCauses, "GET", "/api/dead-letters/causes", operator=operator
    )
    waiting = {(each.topic, each.error_class): each.waiting for each in causes_found.causes}
    return renderer(request).page(
        request,
        "dead_letters/letters.html",
        waiting=waiting.get((topic or "", error_class or ""), 0),
        most=PAGE_MAX,
        letters=found.dead_letters,
        following=found.next_cursor,
        after=after,
        topic=topic,
        error_class=error_class,
        meaning=meaning,
    )


@router.get("/{letter_id}")
async def letter(
    request: Request, parts: With, operator: Operator, letter_id: UUID, *, content: bool = False
) -> Response:
    """Show a letter; its content only if `content` is true."""
    found = await parts.scheduler.call(
        DeadLetterDetails,
        "GET",
        f"/api/dead-letters/{letter_id}",
        operator=operator,
        query={"content": "true" if content else "false"},
    )
    lines = lines_of(found.content.hex) if found.content is not None else []
    return renderer(request).page(
        request, "dead_letters/letter.html", letter=found, lines=lines, meaning=meaning
    )


@router.post("/redrive")
async def redrive(
    request: Request, parts: With, operator: Operator, form: Annotated[Chosen, Form()]
) -> Response:
    """Send the chosen letters to their topics again. Show how many were sent, and why others were refused.

    A message that a listing or a fetch parked is only fetched again. Of the reasons, the three most frequent
    are shown.
    """
    body = Redrive.model_validate(form.selection)
    result = await parts.scheduler.call(
        RedriveResult, "POST", "/api/dead-letters/redrive", operator=operator, body=body
    )
    said = [f"Sent {plural(result.redriven, 'letter')} again."]
    frequent = Counter(refusal.reason for refusal in result.refused).most_common(REASONS_SHOWN)
    said += [f"Refused {number}: {reason}." for reason, number in frequent]
    if others := len(result.refused) - sum(number for _, number in frequent):
        said.append(f"Refused {others} for other reasons.")
    return renderer(request).back(form.next, " ".join(said))


@router.post("/discard")
async def discard(
    request: Request, parts: With, operator: Operator, form: Annotated[DiscardForm, Form()]
) -> Response:
    body = Discard.model_validate({**form.selection, "note": form.note})
    result = await parts.scheduler.call(
        DiscardResult, "POST", "/api/dead-letters/discard", operator=operator, body=body
    )
    return renderer(request).back(form.next, f"Discarded {plural(result.discarded, 'letter')}.")
