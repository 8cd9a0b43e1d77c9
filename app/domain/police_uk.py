"""How the neighbourhoods of data.police.uk and our wards belong together."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

WARD_ID = re.compile(r"(E05\d{6})N?", re.ASCII)
"""An id is the code of a ward, in places with an N behind it where the police redrew the area."""

KEPT_MONTHS = 36
"""The publisher keeps street crime for so many months."""


class Match(StrEnum):
    """What a neighbourhood's id says of our wards."""

    EXACT = "exact"
    SUFFIX = "suffix"
    DUPLICATE = "duplicate"
    OTHER_FORCE = "other_force"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class ListKind(StrEnum):
    """What is read of each neighbourhood."""

    BOUNDARY = "boundary"
    PRIORITIES = "priorities"
    EVENTS = "events"
    TEAM = "team"


PATHS = {
    ListKind.BOUNDARY: "boundary",
    ListKind.PRIORITIES: "priorities",
    ListKind.EVENTS: "events",
    ListKind.TEAM: "people",
}


@dataclass(frozen=True, slots=True)
class KnownWard:
    """What we know of a code: if it is in force, and whose force polices it."""

    in_force: bool
    force: str


@dataclass(frozen=True, slots=True)
class Matched:
    """A neighbourhood's id, the ward it names if any, and how."""

    neighbourhood_id: str
    ward_code: str | None
    match: Match

    @property
    def is_read(self) -> bool:
        """Whether the neighbourhood speaks for a ward in force."""
        return self.match in {Match.EXACT, Match.SUFFIX}


def match_neighbourhoods(
    ids: Iterable[str], wards: Mapping[str, KnownWard], force: str
) -> list[Matched]:
    """Return each neighbourhood with its ward, in order of id; one id speaks for a ward at most.

    An id that is exactly a code comes before the same code with an N.
    """
    taken: set[str] = set()
    found = []
    for one in sorted(ids):  # the code itself sorts before the code with an N
        shape = WARD_ID.fullmatch(one)
        ward = wards.get(shape[1]) if shape else None
        if shape is None or ward is None:
            found.append(Matched(one, None, Match.UNKNOWN))
            continue
        match = _match(one, ward, force, is_taken=shape[1] in taken)
        matched = Matched(one, shape[1], match)
        if matched.is_read:
            taken.add(shape[1])
        found.append(matched)
    return found


def _match(one: str, ward: KnownWard, force: str, *, is_taken: bool) -> Match:
    if not ward.in_force:
        return Match.RETIRED
    if ward.force != force:
        return Match.OTHER_FORCE
    if is_taken:
        return Match.DUPLICATE
    return Match.SUFFIX if one.endswith("N") else Match.EXACT


def months_between(first: str, last: str) -> list[str]:
    """Return the months `YYYY-MM` from the first to the last, both included."""
    start, end = (12 * int(month[:4]) + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1)]


def months_back(month: str, number: int) -> str:
    """Return the month so many months before another."""
    place = 12 * int(month[:4]) + int(month[5:]) - 1 - number
    return f"{place // 12:04d}-{place % 12 + 1:02d}"
