"""Coverage: how far each ward's and borough's team met the standard, for everyone to check."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.dependencies import BoroughCode, PageOf, Reads, Today, WardCode, next_url
from app.domain.coverage import DEFAULT_DAYS, MAX_DAYS, choose_period
from app.errors import InvalidCursorError, InvalidRequestError, NotFoundError
from app.operations import coverage
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.coverage import BoroughCoverageOut, WardCoverageOut
from app.schemas.teams import CoverageStandardOut

router = APIRouter(tags=["teams"], route_class=ServiceRoute)


async def read_period(
    today: Today,
    start: Annotated[
        date | None,
        Query(alias="from", description=f"First day; by default {DEFAULT_DAYS} days before `to`."),
    ] = None,
    end: Annotated[
        date | None,
        Query(
            alias="to",
            description="The day after the last one, tomorrow by default; "
            f"at most {MAX_DAYS} days after `from`.",
        ),
    ] = None,
) -> tuple[date, date]:
    """Return the days `[from, to)` that are asked for."""
    return choose_period(start, end, today)


Period = Annotated[tuple[date, date], Depends(read_period)]


@router.get("/v1/wards/{ward_code}/coverage", **public(NotFoundError, InvalidRequestError))
async def get_ward_coverage(session: Reads, ward_code: WardCode, period: Period) -> WardCoverageOut:
    """Get how a ward's postings, and the officers not taken away, met the standard day by day."""
    start, end = period
    return WardCoverageOut.model_validate(
        await coverage.get_ward_coverage(session, ward_code, start=start, end=end)
    )


@router.get("/v1/boroughs/{borough_code}/coverage", **public(NotFoundError, InvalidRequestError))
async def get_borough_coverage(
    session: Reads, borough_code: BoroughCode, period: Period
) -> BoroughCoverageOut:
    """Get the coverage of a borough: the sum over its wards in force, and a line for each."""
    start, end = period
    return BoroughCoverageOut.model_validate(
        await coverage.get_borough_coverage(session, borough_code, start=start, end=end)
    )


@router.get("/v1/coverage-standards", **public(InvalidCursorError))
async def list_coverage_standards(
    request: Request, session: Reads, page: PageOf
) -> PageOut[CoverageStandardOut]:
    """List how many officers of each role a ward must have, since when, and who says so."""
    found = await coverage.list_standards(session, page)
    items = [CoverageStandardOut.model_validate(standard) for standard in found.items]
    return PageOut[CoverageStandardOut](items=items, next=next_url(request, found))
