"""The history of a ward in one call."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.dependencies import AnyCaller, Now, PageOf, Reads, WardCode, next_url
from app.domain.events import check_days, london_day
from app.domain.ward_history import HistoryEntry, HistoryKind
from app.errors import (
    InvalidCursorError,
    InvalidRequestError,
    NotAuthenticatedError,
    NotFoundError,
)
from app.operations.history_windows import Kin
from app.operations.ward_history import HistoryFilter, read_history
from app.pagination import Page
from app.routing import ServiceRoute, public
from app.schemas.ward_history import HistoryChangeOut, HistoryEntryOut, KinOut, WardHistoryOut
from app.schemas.wards import AreaOut

router = APIRouter(tags=["places"], route_class=ServiceRoute)


async def read_filter(
    now: Now,
    kind: Annotated[
        list[HistoryKind],
        Query(max_length=len(HistoryKind), description="Repeat for several."),
    ] = [],  # noqa: B006 - FastAPI copies it
    first: Annotated[
        date | None, Query(alias="from", description="London day; earlier entries are left out.")
    ] = None,
    last: Annotated[date | None, Query(alias="to", description="London day, not included.")] = None,
) -> HistoryFilter:
    """Return which part of the history is asked for."""
    check_days(first, last)
    return HistoryFilter(now, frozenset(kind), first, last)


@router.get(
    "/v1/wards/{ward_code}/history",
    **public(
        NotFoundError,
        NotAuthenticatedError,
        InvalidCursorError,
        InvalidRequestError,
        fresh_for=0,
    ),
)
async def get_ward_history(
    request: Request,
    session: Reads,
    caller: AnyCaller,
    ward_code: WardCode,
    page: PageOf,
    wanted: Annotated[HistoryFilter, Depends(read_filter)],
) -> WardHistoryOut:
    """Get what happened in a ward, newest first: team, polls, priorities, promises, disputes.

    A refresh in progress or given up is told only to the ward's team and to overseers. Whoever
    filed a dispute is told to nobody, and their words are once the team has answered.
    """
    found = await read_history(session, caller, ward_code, page=page, wanted=wanted)
    return WardHistoryOut(
        items=[entry_out(entry, found.labels) for entry in found.items],
        next=next_url(request, Page(found.items, found.next_cursor)),
        ward=AreaOut.model_validate(found.ward),
        predecessors=kin_out(kin for kin in found.kin if not kin.is_later),
        successors=kin_out(kin for kin in found.kin if kin.is_later),
    )


def kin_out(kin: Iterable[Kin]) -> list[KinOut]:
    """Return wards in the shape that crosses the wire, each once, with where its history is."""
    names = {one.code: one.name for one in kin}
    return [
        KinOut(code=code, name=name, history=f"/v1/wards/{code}/history")
        for code, name in names.items()
    ]


def entry_out(entry: HistoryEntry, labels: dict[str, str]) -> HistoryEntryOut:
    """Return one entry in the shape that crosses the wire."""
    return HistoryEntryOut(
        id=entry.id,
        kind=entry.kind,
        at=entry.at,
        on=london_day(entry.at),
        says=entry.says,
        url=entry.url,
        concerns=list(entry.concerns),
        changes=[
            HistoryChangeOut(
                concern=change.concern,
                label=labels.get(change.concern, change.concern),
                change=change.change,
                reason=change.reason,
                departure_reason=change.departure_reason,
            )
            for change in entry.changes
        ],
        figures=dict(entry.figures),
    )
