"""The tables, one concept a file; importing this package gives Alembic all of them."""

from app.models import (
    approvals,
    audit,
    challenges,
    events,
    evidence,
    identity,
    log,
    participation,
    partner_keys,
    polls,
    priorities,
    quotas,
    refreshes,
    residents,
    running,
    teams,
    wards,
)
from app.models.base import Base

__all__ = [
    "Base",
    "approvals",
    "audit",
    "challenges",
    "events",
    "evidence",
    "identity",
    "log",
    "participation",
    "partner_keys",
    "polls",
    "priorities",
    "quotas",
    "refreshes",
    "residents",
    "running",
    "teams",
    "wards",
]
