"""Boundary editions: how publishers name columns, what must hold, and where one fits in time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.errors import EditionRefusedError

WARD_CODE = re.compile(r"E05\d{6}")
BOROUGH_CODE = re.compile(r"E09\d{6}")

TOTAL_TOLERANCE = 0.10
"""Share by which London's number of wards may differ from those in force, with no control file."""

BOROUGH_TOLERANCE = 0.4
"""Share by which one borough's number of wards may differ without a control file."""

SURFACE_TOLERANCE = 0.0001
"""Share of London's area that may overlap or be a hole before a person must look."""

PAIR_TOLERANCE = 0.01
"""Share of a ward that another ward of the same edition may cover."""

OUTSIDE_BOROUGH = 0.5
"""Share of a ward that must lie in the borough its file names."""

RESHAPED = 0.005
"""Share of a ward's area that must have changed hands for the ward to count as reshaped."""

SLIVER = 0.005
"""Overlaps below this share of both wards are noise along a line, not a succession."""

SLIVER_M2 = 5_000.0
"""Overlaps below half a hectare are noise too, unless they are most of a ward."""

WHOLE = 0.99
"""A ward that kept this share of its area in one other ward counts as wholly in it."""


class Publisher(StrEnum):
    """Whose column names a file of wards follows."""

    ONS = "ons"
    OS = "os"
    OWN = "own"


class SuccessionKind(StrEnum):
    """How an old ward and a new one belong together."""

    SAME = "same"
    CONTINUED = "continued"
    RECODED = "recoded"
    MERGED = "merged"
    SPLIT = "split"
    PART = "part"


class Standing(StrEnum):
    """Where an edition goes in time when it is activated."""

    IN_FORCE = "in_force"
    HISTORY = "history"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which properties of a file hold a ward's code, name and borough, and of which year."""

    code: str
    name: str
    borough: str | None
    publisher: Publisher
    year: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """The days an edition is in force: `[valid_from, valid_to)`, open at the end while it lasts."""

    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an edition goes in time, and until when it holds."""

    standing: Standing
    valid_to: date | None


def find_columns(names: Iterable[str]) -> Columns | None:
    """Return the columns of a ward file of ONS, OS or our own making, in any case, or `None`.

    ONS: `WD25CD`, `wd22nm`, `lau215cd`; the newest year where several stand side by side.
    OS: `CODE`, `NAME`.
    """
    known = {name.lower(): name for name in names}
    for prefix in ("wd", "lau2"):
        years = [y for y in _years(known, prefix) if f"{prefix}{y}nm" in known]
        if years:
            year = years[0]
            code, name = known[f"{prefix}{year}cd"], known[f"{prefix}{year}nm"]
            return Columns(code, name, _borough(known, year), Publisher.ONS, 2000 + int(year))
    for code, name, publisher in (
        ("ward_code", "ward_name", Publisher.OWN),
        ("code", "name", Publisher.OS),
    ):
        if code in known and name in known:
            return Columns(known[code], known[name], _borough(known, None), publisher, None)
    return None


def _years(known: Mapping[str, str], prefix: str) -> list[str]:
    pattern = re.compile(rf"{prefix}(\d{{2}})cd")
    return sorted((m[1] for name in known if (m := pattern.fullmatch(name))), reverse=True)


def _borough(known: Mapping[str, str], year: str | None) -> str | None:
    wanted = [f"lad{year}cd"] if year else []
    wanted += [f"lad{other}cd" for other in _years(known, "lad")]
    wanted += ["lad_code", "borough_code"]
    return next((known[name] for name in wanted if name in known), None)


def tidy_name(name: str, publisher: Publisher) -> str:
    """Return a ward's name as the ONS writes it: OS's " Ward" and the point of "St." go."""
    tidy = " ".join(name.split())
    if publisher is Publisher.OS:
        tidy = re.sub(r"\bSt\.(?=\s|$)", "St", tidy.removesuffix(" Ward"))
    return tidy


def place_edition(
    valid_from: date, until: date | None, spans: Sequence[Span], *, today: date
) -> Place:
    """Return where an edition goes among those already in force or closed.

    Raises `EditionRefusedError` when its days are impossible or taken.
    """
    if until is not None and until <= valid_from:
        raise EditionRefusedError(f"An edition from {valid_from} cannot end on {until}.")
    newest = max((span.valid_from for span in spans), default=None)
    if newest is None or valid_from >= newest:
        if until is not None:
            raise EditionRefusedError(
                f"Nothing follows an edition from {valid_from}, so it cannot end on {until}."
            )
        return Place(Standing.SCHEDULED if valid_from > today else Standing.IN_FORCE, None)
    end = until or min(span.valid_from for span in spans if span.valid_from > valid_from)
    for span in spans:
        if span.valid_from < end and (span.valid_to is None or span.valid_to > valid_from):
            raise EditionRefusedError(
                f"From {valid_from} to {end} collides with the edition in force "
                f"from {span.valid_from} to {span.valid_to or 'now'}."
            )
    return Place(Standing.HISTORY, end)


def count_refusals(
    counts: Mapping[str, int],
    expected: Mapping[str, int],
    names: Mapping[str, str],
    *,
    exact: bool,
) -> list[str]:
    """Return what is wrong with the number of wards per borough, in sentences, if anything.

    `exact`: a control file says how many there must be; else they may differ a little from those
    in force.
    """
    found = []
    total, wanted = sum(counts.values()), sum(expected.values())
    if exact and total != wanted:
        found.append(f"{total} wards instead of {wanted}.")
    elif abs(total - wanted) > TOTAL_TOLERANCE * wanted:
        found.append(
            f"{total} wards, where {wanted} are in force: more than {TOTAL_TOLERANCE:.0%} apart."
        )
    wrong = []
    for code, number in sorted(expected.items()):
        have = counts.get(code, 0)
        slack = 0 if exact else max(2, BOROUGH_TOLERANCE * number)
        if have == 0 or abs(have - number) > slack:
            wrong.append(f"{names.get(code, code)} {have} instead of {number}")
    if wrong:
        found.append(f"Wrong number of wards in {len(wrong)} boroughs: {'; '.join(wrong)}.")
    return found


def kind_of_succession(
    old_code: str, new_code: str, share_of_from: float, share_of_to: float
) -> SuccessionKind:
    """Return how an old ward and a new one belong together, from the shares they have in common."""
    kept, filled = share_of_from >= WHOLE, share_of_to >= WHOLE
    if old_code == new_code:
        return SuccessionKind.SAME if kept and filled else SuccessionKind.CONTINUED
    if kept and filled:
        return SuccessionKind.RECODED
    if kept:
        return SuccessionKind.MERGED
    return SuccessionKind.SPLIT if filled else SuccessionKind.PART
