"""Which ward a point or postcode lies in, on a day, and how well that is known."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.database import ReadSession
from app.domain.editions import WHOLE
from app.domain.wards import NEAR_BOUNDARY_M, normalise_postcode, spaced_postcode
from app.errors import InvalidRequestError, OutsideCoverageError, PostcodeNotFoundError
from app.models.wards import BoundaryEdition, Postcode
from app.operations.atlas import EditionIndex, WardEntry
from app.operations.successions import relatives
from app.operations.wards import get_ward


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


def outside_coverage(longitude: float, latitude: float) -> OutsideCoverageError:
    """Return the refusal for a point that no ward covers."""
    return OutsideCoverageError(
        f"{latitude}, {longitude} (latitude, longitude) lies in no London ward."
    )


def locate_point(index: EditionIndex, longitude: float, latitude: float) -> Location:
    """Return the ward at a point in degrees, or raise `OutsideCoverageError`."""
    entry = index.ward_at(longitude, latitude)
    if entry is None:
        raise outside_coverage(longitude, latitude)
    return locate_inside(index, entry, longitude, latitude)


def locate_inside(
    index: EditionIndex, entry: WardEntry, longitude: float, latitude: float
) -> Location:
    """Return the location of a point already known to lie in this ward."""
    distance = round(entry.metres_to_boundary(longitude, latitude), 1)
    return Location(entry, index, "point", distance, None)


async def locate_postcode(session: ReadSession, index: EditionIndex, text: str) -> Location:
    """Return the ward of a live London postcode in any spacing and case.

    The table names one ward per postcode; in an edition without that ward, the one is told that it
    came from or went to where that is certain.
    """
    compact = normalise_postcode(text)
    if compact is None:
        raise InvalidRequestError("That is not a postcode.", pointer="postcode")
    found = select(Postcode.ward_code).where(Postcode.postcode == compact)
    code = (await session.execute(found)).scalar()
    if code is None:
        raise PostcodeNotFoundError("That is not a live London postcode.")
    entry = index.by_code.get(code) or await _follow(session, code, index)
    if entry is None:
        raise PostcodeNotFoundError(
            "The ward of that postcode is not certain under the boundaries in force "
            f"since {index.edition.valid_from}; ask for a point instead."
        )
    return Location(entry, index, "postcode", None, spaced_postcode(compact))


async def _follow(session: ReadSession, code: str, target: EditionIndex) -> WardEntry | None:
    """Return the ward of another edition that holds (nearly) all of this one, earlier or later."""
    ward = await get_ward(session, code)
    edition = await session.get_one(BoundaryEdition, ward.edition_id)
    forward = target.edition.valid_from > edition.valid_from
    found = await relatives(session, ward, target.edition.id, forward=forward)
    if not found or found[0].share_of_area < WHOLE:
        return None
    return target.by_code.get(found[0].code)


def parse_day(as_of: date | None, today: date) -> date | None:
    """Return the day a look-up is for; `None` stands for now, and the future is refused."""
    if as_of is None or as_of == today:
        return None
    if as_of > today:
        raise InvalidRequestError("Boundaries are known up to today.", pointer="as_of")
    return as_of
