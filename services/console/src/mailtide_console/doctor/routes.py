"""The page of the doctor, which runs in the scheduler."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailtide_common.contracts.api.doctor import DoctorReport
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer

PAGE = Page("Doctor", "/doctor", "doctor")
router = APIRouter()


@router.get("/doctor")
async def doctor(request: Request, parts: With, operator: Operator) -> Response:
    """Run all checks and show their findings."""
    report = await parts.scheduler.call(DoctorReport, "GET", "/api/doctor", operator=operator)
    return renderer(request).page(request, "doctor/doctor.html", report=report)
