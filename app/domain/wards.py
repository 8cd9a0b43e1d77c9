"""Vocabulary of places: forces, postcodes, and how near a line is near."""

import re
from enum import StrEnum

from app.errors import InvalidRequestError


class PoliceForce(StrEnum):
    """Who polices a ward."""

    METROPOLITAN = "metropolitan"
    CITY_OF_LONDON = "city-of-london"


NEAR_BOUNDARY_M = 100.0
"""Within this many metres an indicative boundary may mistake the ward (measured: data.md §2)."""

MAX_LONGITUDE, MAX_LATITUDE = 180, 90

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")


def normalise_postcode(text: str) -> str | None:
    """Return a postcode in capitals without spaces, or `None` for a text not shaped like one."""
    compact = "".join(text.split()).upper()
    return compact if _POSTCODE.fullmatch(compact) else None


def spaced_postcode(compact: str) -> str:
    """Return a postcode as people write it: outward code, space, inward code."""
    return f"{compact[:-3]} {compact[-3:]}"


def parse_box(text: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees from `minlng,minlat,maxlng,maxlat`."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as cause:
        raise InvalidRequestError(
            "A bbox is four numbers: west,south,east,north in degrees.", pointer="bbox"
        ) from cause
    if not (
        -MAX_LONGITUDE <= west <= east <= MAX_LONGITUDE
        and -MAX_LATITUDE <= south <= north <= MAX_LATITUDE
    ):
        raise InvalidRequestError(
            "A bbox is west,south,east,north in degrees, each within its bounds and in that order.",
            pointer="bbox",
        )
    return west, south, east, north
