"""Recorded crime of wards and boroughs: months, rates, changes, and what the sources leave open."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.dependencies import BoroughCode, Reads, WardCode
from app.domain.crime import CrimeSource
from app.errors import InvalidRequestError, NotAcceptableError, NotFoundError
from app.operations import crime_categories, crime_evidence
from app.operations.crime_evidence import Wish
from app.representations import offering, wanted_format
from app.routers.crime_answers import (
    as_csv,
    borough_crime_out,
    category_out,
    concern_out,
    ward_crime_out,
)
from app.routing import ServiceRoute, public
from app.schemas.crime import BoroughCrimeOut, CrimeCategoriesOut, WardCrimeOut

router = APIRouter(tags=["evidence"], route_class=ServiceRoute)

MONTH = r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"
REFUSALS = (NotFoundError, InvalidRequestError, NotAcceptableError)


async def read_wish(
    source: Annotated[
        CrimeSource | None,
        Query(description="Whose counts; by default the Met's own, else police.uk's."),
    ] = None,
    category: Annotated[
        str | None,
        Query(
            max_length=60,
            pattern=r"^[a-z0-9-]+$",
            description="One category with its parts, or `all`; by default every category.",
            examples=["burglary"],
        ),
    ] = None,
    first: Annotated[
        str | None, Query(alias="from", pattern=MONTH, description="First month shown.")
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", pattern=MONTH, description="Last month shown.")
    ] = None,
) -> Wish:
    """Return what of recorded crime is wanted."""
    return Wish(source, category, first, last)


Wanted = Annotated[Wish, Depends(read_wish)]
Format = Annotated[
    str | None, Query(alias="f", description="`json` or `csv`, instead of the Accept header.")
]


@router.get(
    "/v1/wards/{ward_code}/crime",
    response_model=WardCrimeOut,
    **offering(public(*REFUSALS), "csv"),
)
async def get_ward_crime(
    request: Request, session: Reads, ward_code: WardCode, wish: Wanted, f: Format = None
) -> WardCrimeOut | Response:
    """Get a ward's recorded crime by kind and month, with rates and intervals, and what is unknown.

    `from` and `to` choose the months shown; rates and comparisons are always of the latest 12.
    """
    del f
    kind = wanted_format(request, "json", "csv")
    found = await crime_evidence.get_ward_crime(session, ward_code, wish)
    return as_csv(ward_code, found.account) if kind == "csv" else ward_crime_out(found)


@router.get(
    "/v1/boroughs/{borough_code}/crime",
    response_model=BoroughCrimeOut,
    **offering(public(*REFUSALS), "csv"),
)
async def get_borough_crime(
    request: Request, session: Reads, borough_code: BoroughCode, wish: Wanted, f: Format = None
) -> BoroughCrimeOut | Response:
    """Get a borough's recorded crime: the sum of its wards, in months known for all of them."""
    del f
    kind = wanted_format(request, "json", "csv")
    found = await crime_evidence.get_borough_crime(session, borough_code, wish)
    return as_csv(borough_code, found.account) if kind == "csv" else borough_crime_out(found)


@router.get("/v1/crime-categories", **public())
async def list_crime_categories(session: Reads) -> CrimeCategoriesOut:
    """List what each source counts, which concerns it bears on, and what it does not say."""
    categories = await crime_categories.list_categories(session)
    concerns = await crime_categories.list_concerns(session)
    return CrimeCategoriesOut(
        categories=[category_out(whole, parts) for whole, parts in categories],
        concerns=[concern_out(found) for found in concerns],
    )
