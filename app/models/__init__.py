"""The tables, one concept a file; importing this package gives Alembic all of them."""

from app.models import (
    audit,
    events,
    evidence,
    identity,
    log,
    polls,
    priorities,
    quotas,
    refreshes,
    teams,
    wards,
)
from app.models.base import Base

__all__ = [
    "Base",
    "audit",
    "events",
    "evidence",
    "identity",
    "log",
    "polls",
    "priorities",
    "quotas",
    "refreshes",
    "teams",
    "wards",
]
