"""Refreshes: opened with an explained proposal, then published with reasons, or abandoned."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.database import WriteSession, insert_for
from app.domain.identity import Caller
from app.domain.priorities import overdue_days, require_order, review_date
from app.domain.refresh_decisions import Answer, DecidedItem, decide_items
from app.domain.refresh_explanations import Setting, explain
from app.domain.refreshes import IN_PROGRESS, RefreshStatus, RefreshTrigger
from app.errors import (
    InvalidRequestError,
    Mistake,
    NotFoundError,
    PrioritySetSupersededError,
    RefreshClosedError,
    RefreshInProgressError,
    UnknownConcernError,
)
from app.models.base import new_id, require_version
from app.models.priorities import PrioritySet
from app.models.refreshes import Refresh, RefreshItem
from app.operations import audit
from app.operations.priorities import NewPriority, find_active_set, publish_set
from app.operations.refresh_inputs import propose
from app.operations.refreshes_queries import (
    duties_of,
    get_refresh,
    labels_of,
    polled_on,
    require_published_polls,
    say_in,
)
from app.operations.wards import get_ward, require_met_ward
from app.schemas.refreshes import DecidedPriorityIn, DroppedIn, PublicationIn


async def open_refresh(
    session: WriteSession,
    caller: Caller,
    *,
    ward_code: str,
    trigger: RefreshTrigger,
    seats: int,
    now: datetime,
    today: date,
) -> Refresh:
    """Open a refresh of a ward's priorities; returns it with its computed proposal.

    Raises `RefreshInProgressError` while the ward has another, also for the loser of a race.
    """
    ward = await get_ward(session, ward_code)
    caller.require_territory(borough_code=ward.borough_code, ward_code=ward.code)
    await require_met_ward(session, ward)
    outgoing = await find_active_set(session, ward.code)
    proposal = await propose(session, ward, outgoing, seats=seats, today=today)
    refresh_id = new_id()
    opening = (
        insert_for(session, Refresh)
        .values(
            id=refresh_id,
            ward_code=ward.code,
            borough_code=ward.borough_code,
            status=RefreshStatus.PROPOSED.value,
            trigger=trigger.value,
            from_set_id=outgoing.id if outgoing else None,
            opened_at=now,
            opened_by=caller.subject,
            overdue_days=overdue_days(outgoing.review_due_on, today) if outgoing else 0,
            proposal=proposal,
            consulted=[],
            explanation="",
            created_at=now,
            updated_at=now,
            version=1,
        )
        .on_conflict_do_nothing()
        .returning(Refresh.id)
    )
    if (await session.execute(opening)).first() is None:
        raise RefreshInProgressError(
            f"{ward.name} has a refresh in progress; publish or abandon it first."
        )
    opened = await get_refresh(session, refresh_id)
    _note(session, caller, "open_refresh", opened, now=now)
    return opened


async def publish_refresh(
    session: WriteSession,
    caller: Caller,
    *,
    refresh_id: UUID,
    decision: PublicationIn,
    now: datetime,
    today: date,
) -> Refresh:
    """Publish a decision: the old set superseded, the new one active, every item with its reason.

    All in this transaction or nothing. Raises `PrioritySetSupersededError` when somebody published
    meanwhile, `PollUnpublishedError` before the poll's own result is out, `ReasonRequiredError` and
    `DepartureReasonRequiredError` for what the decision owes.
    """
    refresh = await _lock(session, caller, refresh_id)
    require_version(refresh, decision.based_on)
    outgoing = await find_active_set(session, refresh.ward_code)
    _require_same_set(refresh, outgoing)
    await require_published_polls(session, refresh)
    items = await _decide(session, refresh, outgoing, decision, today=today)
    published = await publish_set(
        session,
        caller,
        ward_code=refresh.ward_code,
        borough_code=refresh.borough_code,
        priorities=new_priorities(decision),
        decided_by=decision.decided_by,
        review_due_on=review_date(today, decision.review_due_on),
        expected_active_set_id=refresh.from_set_id,
        now=now,
        today=today,
    )
    refresh.to_set_id, refresh.published_at = published.id, now
    refresh.overdue_days = overdue_days(outgoing.review_due_on, today) if outgoing else 0
    refresh.consulted = [
        consultation.model_dump(mode="json") for consultation in decision.consulted
    ]
    refresh.explanation = await _explain(session, refresh, items, today=today)
    session.add_all(_item_row(refresh, place, item) for place, item in enumerate(items, 1))
    _close(refresh, RefreshStatus.PUBLISHED, now=now)
    _note(session, caller, "publish_refresh", refresh, now=now, items=items)
    await session.flush()
    return await get_refresh(session, refresh_id)


async def abandon_refresh(
    session: WriteSession, caller: Caller, *, refresh_id: UUID, reason: str, now: datetime
) -> Refresh:
    """Give up a refresh, saying why; the ward's active set stays as it is."""
    refresh = await _lock(session, caller, refresh_id)
    refresh.abandoned_reason = reason
    _close(refresh, RefreshStatus.ABANDONED, now=now)
    _note(session, caller, "abandon_refresh", refresh, now=now, reason=reason)
    await session.flush()
    return await get_refresh(session, refresh_id)


async def _lock(session: WriteSession, caller: Caller, refresh_id: UUID) -> Refresh:
    statement = select(Refresh).where(Refresh.id == refresh_id).with_for_update()
    refresh = (await session.scalars(statement)).first()
    if refresh is None:
        raise NotFoundError("refresh", refresh_id)
    caller.require_territory(borough_code=refresh.borough_code, ward_code=refresh.ward_code)
    if refresh.status not in IN_PROGRESS:
        raise RefreshClosedError(f"This refresh is {refresh.status}; open a new one.")
    return refresh


def _require_same_set(refresh: Refresh, active: PrioritySet | None) -> None:
    if (active.id if active else None) != refresh.from_set_id:
        raise PrioritySetSupersededError(
            f"Another priority set became active in {refresh.ward_code} since this refresh was "
            "opened; abandon it and open a new one."
        )


async def _decide(
    session: WriteSession,
    refresh: Refresh,
    outgoing: PrioritySet | None,
    decision: PublicationIn,
    *,
    today: date,
) -> list[DecidedItem]:
    new = new_priorities(decision)
    require_order([priority.rank for priority in new], [priority.concern for priority in new])
    answers = answers_of(decision)
    await _require_concerns(session, answers)
    for place, consultation in enumerate(decision.consulted):
        if consultation.consulted_on > today:
            raise InvalidRequestError(
                "Nobody can have been consulted in the future.",
                pointer=f"/consulted/{place}/consulted_on",
            )
    old = outgoing.priorities if outgoing else []
    return decide_items(old, new, answers, duties_of(refresh))


async def _require_concerns(session: WriteSession, answers: Sequence[Answer]) -> None:
    known = await labels_of(session)
    mistakes = [
        Mistake(f"{answer.pointer}/concern", f"There is no concern {answer.concern!r}.")
        for answer in answers
        if answer.concern not in known
    ]
    if mistakes:
        raise UnknownConcernError(mistakes[0].message, mistakes=mistakes)


def new_priorities(decision: PublicationIn) -> list[NewPriority]:
    """Return the priorities of a decision, ready to be published."""
    return [
        NewPriority(
            rank=priority.rank,
            concern=priority.concern,
            title=priority.title,
            objective=priority.objective.model_dump(),
            place=priority.place,
            partners=tuple(priority.partners),
        )
        for priority in decision.priorities
    ]


def answers_of(decision: PublicationIn) -> list[Answer]:
    """Return every reason a decision gives, with its place in the request."""
    given: dict[str, Sequence[DecidedPriorityIn | DroppedIn]] = {
        "/priorities": decision.priorities,
        "/dropped": decision.dropped,
    }
    return [
        Answer(item.concern, item.reason, item.departure_reason, f"{pointer}/{place}")
        for pointer, items in given.items()
        for place, item in enumerate(items)
    ]


async def _explain(
    session: WriteSession,
    refresh: Refresh,
    items: Sequence[DecidedItem],
    *,
    today: date,
) -> str:
    ward = await get_ward(session, refresh.ward_code)
    setting = Setting(
        ward_name=ward.name,
        published_on=today,
        trigger=RefreshTrigger(refresh.trigger),
        overdue_days=refresh.overdue_days,
        polled_on=polled_on(refresh),
        proposed=duties_of(refresh).proposed,
        say=say_in(refresh),
    )
    return explain(setting, items, await labels_of(session))


def _item_row(refresh: Refresh, position: int, item: DecidedItem) -> RefreshItem:
    return RefreshItem(
        refresh_id=refresh.id,
        position=position,
        concern=item.concern,
        change=item.change.value,
        old_rank=item.old_rank,
        new_rank=item.new_rank,
        reason=item.reason,
        departure_reason=item.departure_reason,
    )


def _close(refresh: Refresh, status: RefreshStatus, *, now: datetime) -> None:
    refresh.status = status.value
    refresh.version += 1
    refresh.updated_at = now


def _note(
    session: WriteSession,
    caller: Caller,
    action: str,
    refresh: Refresh,
    *,
    now: datetime,
    reason: str | None = None,
    items: Sequence[DecidedItem] = (),
) -> None:
    audit.record(
        session,
        caller,
        action,
        ("refresh", refresh.id),
        now=now,
        borough_code=refresh.borough_code,
        ward_code=refresh.ward_code,
        reason=reason,
        detail={
            "trigger": refresh.trigger,
            "from_set": str(refresh.from_set_id) if refresh.from_set_id else None,
            "to_set": str(refresh.to_set_id) if refresh.to_set_id else None,
            "items": {item.concern: item.change.value for item in items},
        },
    )
