"""How boroughs stand against the plan's quota of open events (C06)."""

from datetime import date, datetime

from app.database import ReadSession, WriteSession
from app.domain.event_quotas import QuotaLine, read_quota
from app.operations.commitment_meetings import list_event_facts
from app.operations.events_queries import list_open_held

Session = ReadSession | WriteSession


async def measure_event_quota(
    session: Session, borough_code: str, *, now: datetime, today: date
) -> list[QuotaLine]:
    """Return one borough's standing against plan C06, target by target, as its card tells it."""
    held = await list_open_held(session, [borough_code])
    known = await list_event_facts(session, [borough_code], now=now)
    return read_quota(held.get(borough_code, []), known.get(borough_code, []), today=today)
