"""Measures of trust: what is measured, values, gaps between groups, and estimates of wards."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.dependencies import PageOf, Reads, Today, next_url
from app.domain.measures import EVERYBODY
from app.errors import InvalidCursorError, InvalidRequestError, NotAcceptableError, NotFoundError
from app.operations import measures
from app.operations.measures import Asked
from app.representations import csv_response, offering, wanted_format
from app.routers import measure_answers
from app.routing import ServiceRoute, public
from app.schemas.base import PageOut
from app.schemas.measures import GapsOut, MeasureOut, MeasureValueOut, WardEstimatesOut

router = APIRouter(tags=["measures"], route_class=ServiceRoute)

MOST_YEARS = 10
MeasureCode = Annotated[
    str,
    Path(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=60,
        description="Code of a measure.",
        examples=["trust-the-met"],
    ),
]
AREA = r"^E0[59]\d{6}$"
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Area = Annotated[str, Query(pattern=AREA, description="GSS code of a ward or borough.")]
AnyArea = Annotated[
    str | None, Query(pattern=AREA, description="GSS code of a ward or borough; any without it.")
]
Group = Annotated[
    str | None,
    Query(pattern=SLUG, max_length=40, description="Only this group; `all` is everybody."),
]
Format = Annotated[str | None, Query(max_length=10, description="json or csv.")]


async def read_periods(
    today: Today,
    since: Annotated[
        date | None,
        Query(alias="from", description=f"Earliest first day; {MOST_YEARS} years back without it."),
    ] = None,
    until: Annotated[
        date | None, Query(alias="to", description="Latest first day; today without it.")
    ] = None,
) -> tuple[date, date]:
    """Return the first and last day on which a wanted period may begin."""
    end = until or today
    start = since or date(max(end.year - MOST_YEARS, 1), 1, 1)
    if start > end or end.year - start.year > MOST_YEARS:
        raise InvalidRequestError(
            f"`from` must not lie after `to`, nor more than {MOST_YEARS} years before.",
            pointer="from",
        )
    return start, end


Periods = Annotated[tuple[date, date], Depends(read_periods)]


@router.get("/v1/measures", **public(InvalidCursorError))
async def list_measures(request: Request, session: Reads, page: PageOf) -> PageOut[MeasureOut]:
    """List what is measured, which way is better, and which commitments it serves."""
    found = await measures.list_measures(session, page)
    items = [MeasureOut.model_validate(measure) for measure in found.items]
    return PageOut[MeasureOut](items=items, next=next_url(request, found))


@router.get("/v1/measures/{measure_code}", **public(NotFoundError))
async def get_measure(session: Reads, measure_code: MeasureCode) -> MeasureOut:
    """Get one measure."""
    return MeasureOut.model_validate(await measures.get_measure(session, measure_code))


@router.get(
    "/v1/measures/{measure_code}/values",
    response_model=PageOut[MeasureValueOut],
    **offering(
        public(NotFoundError, InvalidRequestError, InvalidCursorError, NotAcceptableError), "csv"
    ),
)
async def list_measure_values(
    request: Request,
    session: Reads,
    measure_code: MeasureCode,
    periods: Periods,
    page: PageOf,
    area: AnyArea = None,
    group: Group = None,
    f: Format = None,
) -> Response | PageOut[MeasureValueOut]:
    """List a measure's values with base and interval; small groups are hidden."""
    del f
    kind = wanted_format(request, "json", "csv")
    found = await measures.list_values(session, measure_code, Asked(area, group, *periods), page)
    copies = await measures.find_copies(session, found.items)
    items = [measure_answers.value_out(value, copies) for value in found.items]
    if kind == "csv":
        rows = [measure_answers.value_row(item) for item in items]
        return csv_response(f"measure-{measure_code}", measure_answers.VALUE_HEADER, rows)
    return PageOut[MeasureValueOut](items=items, next=next_url(request, found))


@router.get("/v1/measures/{measure_code}/gaps", **public(NotFoundError, InvalidRequestError))
async def list_measure_gaps(
    session: Reads,
    measure_code: MeasureCode,
    periods: Periods,
    area: Area,
    group: Group = None,
    against: Annotated[
        str, Query(pattern=SLUG, max_length=40, description="The group to compare with.")
    ] = EVERYBODY,
) -> GapsOut:
    """Get how far groups of an area lie from everybody, or from another group, over time."""
    gaps = await measures.list_gaps(session, measure_code, Asked(area, group, *periods), against)
    return measure_answers.gaps_out(measure_code, area, against, gaps)


@router.get(
    "/v1/measures/{measure_code}/ward-estimates", **public(NotFoundError, InvalidRequestError)
)
async def get_ward_estimates(
    session: Reads,
    measure_code: MeasureCode,
    today: Today,
    borough: Annotated[str, Query(pattern=r"^E09\d{6}$", description="GSS code of a borough.")],
    on: Annotated[date | None, Query(description="As of this day; today without it.")] = None,
    group: Group = None,
) -> WardEstimatesOut:
    """Get each ward's own figure where enough answered, and an estimate pooled with its borough."""
    who = group or EVERYBODY
    found = await measures.estimate_wards(
        session, measure_code, borough, as_of=on or today, group=who
    )
    return measure_answers.estimates_out(measure_code, who, found)
