"""Roles, what a caller is, and where their posting lets them act."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.errors import OutsideTerritoryError


class Role(StrEnum):
    """What a caller's token says they are; where they may act comes from the postings table."""

    WARD_OFFICER = "ward_officer"
    PCSO = "pcso"
    SERGEANT = "sergeant"
    BOROUGH_SUPERINTENDENT = "borough_superintendent"
    ANALYST = "analyst"
    ADMIN = "admin"
    AUDITOR = "auditor"
    RESIDENT = "resident"
    PARTNER = "partner"


TEAM = frozenset(
    {Role.WARD_OFFICER, Role.PCSO, Role.SERGEANT, Role.BOROUGH_SUPERINTENDENT, Role.ADMIN}
)
"""Those who speak for a neighbourhood team."""

DECIDERS = TEAM - {Role.PCSO}
"""Those who decide a ward's priorities."""

SUPERVISORS = frozenset({Role.SERGEANT, Role.BOROUGH_SUPERINTENDENT, Role.ADMIN})
"""Those who answer for where officers are on a day."""

LEADERS = frozenset({Role.BOROUGH_SUPERINTENDENT, Role.ADMIN})
"""Those who answer for a borough: postings, rounds and polls."""

CONTRIBUTORS = TEAM | {Role.PARTNER}
"""Those who may add evidence."""

OVERSEERS = frozenset({Role.AUDITOR, Role.ADMIN})
"""Those who read the audit trail."""

STAFF = frozenset(Role) - {Role.RESIDENT, Role.PARTNER}
"""Everyone whose area comes from the postings table."""

AUDITORS = frozenset({Role.AUDITOR})
"""Those who may open a counted poll's envelopes again."""

ADMINS = frozenset({Role.ADMIN})
"""Those who look after the service itself."""

RESIDENTS = frozenset({Role.RESIDENT})

DISPUTANTS = frozenset({Role.RESIDENT, Role.PARTNER})
"""Those who may dispute what a team says it did."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: their role, and the wards and boroughs they may act in now.

    For a resident `wards` holds the one ward they live in; `level` says how well that is proven,
    `quarantined` that their ballot waits for two people's look before it counts, and `anchor`, for
    those who signed in here, what their slot is made from.
    `signs_alone` is true only where the service was set to ask nobody for a second signature.
    `scopes` narrows what a partner's key may do; `None` leaves all that the role may.
    """

    subject: str
    role: Role
    officer_id: UUID | None = None
    wards: frozenset[str] = frozenset()
    boroughs: frozenset[str] = frozenset()
    level: int = 0
    quarantined: bool = False
    anchor: bytes | None = None
    signs_alone: bool = False
    scopes: frozenset[str] | None = None

    def reaches(self, *, borough_code: str | None, ward_code: str | None = None) -> bool:
        """Whether the caller may act for a ward, a borough, or (without either) all of London."""
        if self.role is Role.ADMIN or borough_code in self.boroughs:
            return True
        return ward_code is not None and ward_code in self.wards

    def require_territory(self, *, borough_code: str | None, ward_code: str | None = None) -> None:
        """Raise `OutsideTerritoryError` unless the caller may act there."""
        if not self.reaches(borough_code=borough_code, ward_code=ward_code):
            area = ward_code or borough_code or "all of London"
            raise OutsideTerritoryError(f"You have no posting that covers {area} today.")
