"""The API of parked records."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mailtide_scheduler import limits
from mailtide_scheduler.database import connected

from .dependencies import Api, Limit, Text, next_cursor
from .queries import list_dead_letters


class RedriveWish(BaseModel):
    """Body of a redrive: these letters, or those of an error class that have not been sent again yet."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=limits.PAGE_MAX)] | None = None
    error_class: Text | None = None
    limit: int = Field(limits.PAGE_DEFAULT, ge=1, le=limits.PAGE_MAX)

    @model_validator(mode="after")
    def _one_of_both(self) -> "RedriveWish":
        if (self.ids is None) == (self.error_class is None):
            raise ValueError("either ids or error_class must be given")
        return self


def router(api: Api) -> APIRouter:
    """All routes below `/api/dead-letters`."""
    routes = APIRouter(prefix="/api/dead-letters")

    @routes.get("")
    async def dead_letters(limit: Limit = limits.PAGE_DEFAULT, cursor: UUID | None = None) -> Response:
        async with connected(api.pool) as connection:
            page = await list_dead_letters(connection, limit, cursor)
        return JSONResponse({"dead_letters": page, "next_cursor": next_cursor(page, limit, "id")})

    @routes.post("/redrive")
    async def redrive(wish: RedriveWish) -> Response:
        result = await api.redriver.redrive(wish.ids, wish.error_class, wish.limit)
        return JSONResponse({"redriven": result.sent, "refused": result.refused})

    return routes
