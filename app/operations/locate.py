"""Which ward a point or postcode lies in, on a day, and how well that is known."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.database import ReadSession
from app.domain.wards import NEAR_BOUNDARY_M, normalise_postcode, spaced_postcode
from app.errors import InvalidRequestError, OutsideCoverageError, PostcodeNotFoundError
from app.models.wards import Postcode, Ward, WardCrosswalk
from app.operations.atlas import EditionIndex, WardEntry

WHOLE = 0.99
"""A ward that kept this share of its area in one other ward counts as that ward."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place's ward, and how it was found."""

    entry: WardEntry
    index: EditionIndex
    matched_by: str
    distance_m: float | None
    postcode: str | None

    @property
    def certainty(self) -> str:
        """How well the ward is known: exactly, or as well as the edition's boundaries."""
        return "exact" if self.matched_by == "postcode" else self.index.edition.boundary_status

    @property
    def near_boundary(self) -> bool:
        """Whether the boundary is indicative and near enough to be on the wrong side of it."""
        indicative = self.certainty == "indicative"
        return indicative and self.distance_m is not None and self.distance_m < NEAR_BOUNDARY_M


def locate_point(index: EditionIndex, longitude: float, latitude: float) -> Location:
    """Return the ward at a point in degrees, or raise `OutsideCoverageError`."""
    entry = index.ward_at(longitude, latitude)
    if entry is None:
        raise OutsideCoverageError(
            f"{latitude}, {longitude} (latitude, longitude) lies in no London ward."
        )
    return locate_inside(index, entry, longitude, latitude)


def locate_inside(
    index: EditionIndex, entry: WardEntry, longitude: float, latitude: float
) -> Location:
    """Return the location of a point already known to lie in this ward."""
    distance = round(entry.metres_to_boundary(longitude, latitude), 1)
    return Location(entry, index, "point", distance, None)


async def locate_postcode(
    session: ReadSession, index: EditionIndex, current: EditionIndex, text: str
) -> Location:
    """Return the ward of a live London postcode in any spacing and case.

    The table is of the current edition; for a past one the ward is followed back where it kept its
    area.
    """
    compact = normalise_postcode(text)
    if compact is None:
        raise InvalidRequestError(f"{text!r} is not a postcode.", pointer="postcode")
    found = select(Postcode.ward_code).where(Postcode.postcode == compact)
    code = (await session.execute(found)).scalar()
    if code is None:
        raise PostcodeNotFoundError(f"{spaced_postcode(compact)} is not a live London postcode.")
    entry = index.by_code.get(code) if index is current else None
    if entry is None:
        entry = await _follow(session, code, current, index)
    if entry is None:
        raise PostcodeNotFoundError(
            f"{spaced_postcode(compact)} is known only under the boundaries in force since "
            f"{current.edition.valid_from}; ask for a point instead."
        )
    return Location(entry, index, "postcode", None, spaced_postcode(compact))


async def _follow(
    session: ReadSession, code: str, current: EditionIndex, target: EditionIndex
) -> WardEntry | None:
    """Return the ward of another edition that holds (nearly) all of this one."""
    new, old = Ward.__table__.alias("new"), Ward.__table__.alias("old")
    statement = (
        select(old.c.code)
        .select_from(WardCrosswalk)
        .join(new, new.c.id == WardCrosswalk.to_ward_id)
        .join(old, old.c.id == WardCrosswalk.from_ward_id)
        .where(new.c.code == code, new.c.edition_id == current.edition.id)
        .where(old.c.edition_id == target.edition.id, WardCrosswalk.share_of_to >= WHOLE)
    )
    old_code: str | None = (await session.execute(statement)).scalar()
    return None if old_code is None else target.by_code.get(old_code)


def parse_day(as_of: date | None, today: date) -> date | None:
    """Return the day a look-up is for; `None` stands for now, and the future is refused."""
    if as_of is None or as_of == today:
        return None
    if as_of > today:
        raise InvalidRequestError("Boundaries are known up to today.", pointer="as_of")
    return as_of
