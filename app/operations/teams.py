"""How teams change: officers, their postings, and the days on which they are taken away."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.database import WriteSession
from app.dependencies import require_version
from app.domain.identity import Caller
from app.domain.teams import (
    Days,
    PostingRole,
    Share,
    require_abstraction_fits,
    require_at_most_full_time,
    require_days,
    require_place,
)
from app.domain.wards import PoliceForce
from app.errors import (
    InvalidRequestError,
    NotFoundError,
    NotPolicedByMetError,
    OutsideTerritoryError,
    SubjectTakenError,
    WardNotInForceError,
    WardOutsideBoroughError,
)
from app.models.base import new_id
from app.models.teams import Abstraction, Officer, Posting
from app.operations import audit
from app.operations.coverage import get_ward_life, running
from app.operations.teams_queries import get_officer, require_leadership
from app.operations.wards import get_borough
from app.schemas.teams import AbstractionIn, OfficerIn, OfficerPatchIn, PostingIn, PostingPatchIn
