"""Refreshes as they are read: by everyone once published, before that by team and overseers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.database import ReadSession, WriteSession
from app.domain.identity import OVERSEERS, TEAM, Caller
from app.domain.polls import PollStatus
from app.domain.refresh_decisions import Duties, find_departures, find_differences
from app.domain.refresh_voices import Say, find_say
from app.domain.refreshes import Consultation, ConsultedParty, RefreshStatus
from app.errors import NotFoundError, PollUnpublishedError
from app.models.polls import Poll
from app.models.priorities import Concern
from app.models.refreshes import Refresh
from app.models.wards import Ward
from app.pagination import Key, Page, PageRequest, fetch_page

Session = ReadSession | WriteSession
LONDON = ZoneInfo("Europe/London")


async def get_refresh(session: Session, refresh_id: UUID) -> Refresh:
    """Return a refresh with its items, whoever asks."""
    statement = (
        select(Refresh)
        .where(Refresh.id == refresh_id)
        .options(selectinload(Refresh.items))
        .execution_options(populate_existing=True)
    )
    refresh = (await session.scalars(statement)).first()
    if refresh is None:
        raise NotFoundError("refresh", refresh_id)
    return refresh


async def read_refresh(session: Session, caller: Caller | None, refresh_id: UUID) -> Refresh:
    """Return a refresh that this caller may see; to others one in progress does not exist."""
    refresh = await get_refresh(session, refresh_id)
    area = (refresh.borough_code, refresh.ward_code)
    if refresh.status != RefreshStatus.PUBLISHED and not sees_unpublished(caller, *area):
        raise NotFoundError("refresh", refresh_id)
    return refresh


async def list_ward_refreshes(
    session: Session, caller: Caller | None, ward: Ward, page: PageRequest
) -> Page[Refresh]:
    """Return a ward's refreshes, newest first: the published, and to its team all others too."""
    statement = select(Refresh).where(Refresh.ward_code == ward.code)
    if not sees_unpublished(caller, ward.borough_code, ward.code):
        statement = statement.where(Refresh.status == RefreshStatus.PUBLISHED)
    keys = [Key.instant(Refresh.opened_at), Key.uuid(Refresh.id)]
    return await fetch_page(session, statement, page, keys, descending=True)


def sees_unpublished(caller: Caller | None, borough_code: str, ward_code: str) -> bool:
    """Whether a caller may see what is not decided yet: the ward's own team, and the overseers."""
    if caller is None:
        return False
    if caller.role in OVERSEERS:
        return True
    return caller.role in TEAM and caller.reaches(borough_code=borough_code, ward_code=ward_code)


async def labels_of(session: Session) -> dict[str, str]:
    """Return the name of every concern by its slug."""
    rows = await session.execute(select(Concern.slug, Concern.label))
    return {row.slug: row.label for row in rows}


def duties_of(refresh: Refresh) -> Duties:
    """Return what the stored proposal and its poll ask of a decision."""
    poll: dict[str, Any] = refresh.proposal["poll"] or {"chosen": [], "ranking": []}
    return Duties(
        chosen=tuple(poll["chosen"]),
        ranking=tuple(poll["ranking"]),
        proposed=tuple(refresh.proposal["proposed"]),
        must_answer={
            candidate["concern"]: candidate["must_be_answered_because"] or ""
            for candidate in refresh.proposal["candidates"]
            if candidate["must_be_answered"]
        },
    )


def decided_in(refresh: Refresh) -> list[str]:
    """Return the concerns of the set that a refresh published, in order of rank."""
    ranked = sorted((item.new_rank, item.concern) for item in refresh.items if item.new_rank)
    return [concern for _, concern in ranked]


def departures_of(refresh: Refresh) -> dict[str, str]:
    """Return, by concern, how a published decision departs from the poll."""
    decided = decided_in(refresh)
    return find_departures(decided, duties_of(refresh)) if decided else {}


def differences_of(refresh: Refresh) -> dict[str, str]:
    """Return, by concern, how a published decision differs from the proposal."""
    decided = decided_in(refresh)
    return find_differences(decided, duties_of(refresh).proposed) if decided else {}


def polled_on(refresh: Refresh) -> date | None:
    """Return the London day on which the poll that led the proposal was counted, if one did."""
    if refresh.proposal["led_by"] != "poll":
        return None
    counted_at = datetime.fromisoformat(refresh.proposal["poll"]["counted_at"])
    return counted_at.astimezone(LONDON).date()


def say_in(refresh: Refresh) -> Say:
    """Return who had a say in a refresh, by its inputs and by those who were consulted (C08)."""
    consulted = [
        Consultation(
            party=ConsultedParty(entry["party"]),
            who=entry["who"],
            how=entry["how"],
            consulted_on=date.fromisoformat(entry["consulted_on"]),
            people=entry["people"],
        )
        for entry in refresh.consulted
    ]
    return find_say(refresh.proposal, consulted)


async def require_published_polls(session: Session, refresh: Refresh) -> None:
    """Raise `PollUnpublishedError` where the proposal would tell a result that is not out."""
    told = (refresh.proposal["poll"], refresh.proposal.get("earlier_poll"))
    identifiers = [UUID(poll["poll_id"]) for poll in told if poll is not None]
    if not identifiers:
        return
    out = select(Poll.id).where(Poll.id.in_(identifiers), Poll.status == PollStatus.PUBLISHED)
    if len((await session.scalars(out)).all()) < len(identifiers):
        raise PollUnpublishedError(
            "Publish the results of the polls that this refresh tells of first, or it would tell "
            "what they chose."
        )
