"""Vocabulary of places: forces, postcodes, and how near a line is near."""

import re
from enum import StrEnum


class PoliceForce(StrEnum):
    """Who polices a ward."""

    METROPOLITAN = "metropolitan"
    CITY_OF_LONDON = "city-of-london"


NEAR_BOUNDARY_M = 100.0
"""Within this many metres an indicative boundary may mistake the ward (measured: data.md §2)."""

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")


def normalise_postcode(text: str) -> str | None:
    """Return a postcode in capitals without spaces, or `None` for a text not shaped like one."""
    compact = "".join(text.split()).upper()
    return compact if _POSTCODE.fullmatch(compact) else None


def spaced_postcode(compact: str) -> str:
    """Return a postcode as people write it: outward code, space, inward code."""
    return f"{compact[:-3]} {compact[-3:]}"
