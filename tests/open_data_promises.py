"""Promises, polls and events with canaries in all that must not be told of them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.database import WriteSession
from app.domain.counting import Profile, count_poll
from app.domain.identity import Caller, Role
from app.geometry import stored
from app.models.base import new_id
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.evidence import Evidence
from app.models.polls import Poll, PollOption, PollResult, Round
from app.models.priorities import Action, Outcome, Priority, PrioritySet
from app.models.refreshes import Refresh, RefreshItem
from app.models.wards import BoundaryEdition
from app.operations import audit
from tests.factories import A1, A2, A3, ALDER, B1, B2, square

NOW = datetime(2026, 10, 1, 9, 30, 0, 123, tzinfo=UTC)
TODAY = date(2026, 10, 1)
STAMPS = {"created_at": NOW, "updated_at": NOW}
CANARY = "canary"
FORMULA = "=1+1"
BOTH = {"burglary": 12, "robbery": 9}


def note(session: WriteSession, kind: str, identifier: object, action: str) -> None:
    """Note an act in the audit trail, with canaries for who, why and what."""
    audit.record(
        session,
        Caller(f"{CANARY}-actor", Role.ADMIN),
        action,
        (kind, identifier),
        now=NOW,
        borough_code=ALDER,
        ward_code=A1,
        reason=f"{CANARY}-why",
        detail={"what": f"{CANARY}-detail"},
    )


async def keep_promises(session: WriteSession) -> None:
    """A set with a priority, what was done about it, and two refreshes, one not decided."""
    held = PrioritySet(
        ward_code=A1,
        sequence=1,
        status="active",
        decided_by="panel",
        set_on=TODAY,
        published_at=NOW,
        review_due_on=TODAY + timedelta(days=90),
        **STAMPS,
    )
    session.add(held)
    await session.flush()
    await _promise(session, held)
    for status in ("published", "open"):
        await _refresh(session, held, status)
    note(session, "priority_set", held.id, "publish_priority_set")


async def _promise(session: WriteSession, held: PrioritySet) -> None:
    promise = Priority(
        set_id=held.id,
        rank=1,
        concern="burglary",
        title=FORMULA,
        objective={"specific": "s", "measurable": "m"},
        partners=["Council"],
        area=stored(square(0, 0).geoms[0]),
        status="in_progress",
        set_on=TODAY,
        published_at=NOW,
        review_due_on=TODAY,
        **STAMPS,
    )
    session.add(promise)
    await session.flush()
    by = {"recorded_at": NOW, "recorded_by": f"{CANARY}-by"}
    session.add(Action(priority_id=promise.id, kind="patrol", text="@risk", done_on=TODAY, **by))
    session.add(
        Outcome(
            priority_id=promise.id,
            kind="delivered",
            claimed_by="panel",
            statement="Done",
            evidence=[{"text": "t", "url": None}],
            **by,
        )
    )


async def _refresh(session: WriteSession, held: PrioritySet, status: str) -> None:
    secret = status == "open"
    refresh = Refresh(
        ward_code=A1,
        borough_code=ALDER,
        status=status,
        trigger="scheduled",
        to_set_id=None if secret else held.id,
        opened_at=NOW,
        opened_by=f"{CANARY}-by",
        overdue_days=0,
        proposal={"what": f"{CANARY}-proposal"},
        consulted=[],
        explanation=f"{CANARY}-open" if secret else "Why",
        published_at=NOW,
        abandoned_reason=f"{CANARY}-abandoned",
        **STAMPS,
    )
    session.add(refresh)
    await session.flush()
    session.add(
        RefreshItem(
            refresh_id=refresh.id,
            position=1,
            concern="burglary",
            change="added",
            new_rank=1,
            reason=f"{CANARY}-item" if secret else "Because",
        )
    )
    note(session, "refresh", refresh.id, f"{status}_refresh")


async def ask_in_polls(session: WriteSession, edition: BoundaryEdition) -> None:
    """A draft, a counted poll, and results that are withheld, rounded and exact."""
    wards = (A1, A2, A3, B1, B2)
    held = Round(
        title="Round",
        borough_code=ALDER,
        opens_at=NOW,
        closes_at=NOW + timedelta(days=9),
        min_level=0,
        seal_public_key=bytes(range(32)),
        **STAMPS,
    )
    session.add(held)
    await session.flush()
    votes = (
        ("draft", {}),
        ("counted", BOTH),
        ("published", {"burglary": 3, "robbery": 2}),
        ("published", {"burglary": 12, "robbery": 13}),
        ("published", {"burglary": 40, "robbery": 9}),
    )
    for ward, (status, approvals) in zip(wards, votes, strict=True):
        await _poll(session, (held.id, edition.id, ward), status, approvals)


async def _poll(
    session: WriteSession, place: tuple[UUID, UUID, str], status: str, approvals: dict[str, int]
) -> None:
    announced = status != "draft"
    poll = Poll(
        round_id=place[0],
        ward_code=place[2],
        borough_code=ALDER,
        edition_id=place[1],
        question="Which?" if announced else f"{CANARY}-question",
        seats=1,
        rule="phragmen",
        status=status,
        scheduled_by=f"{CANARY}-by",
        counted_at=NOW if approvals else None,
        manifest_sha256="a" * 64 if announced else None,
        published_at=NOW if status == "published" else None,
        **STAMPS,
    )
    session.add(poll)
    await session.flush()
    note(session, "poll", poll.id, f"{status}_poll")
    _options(session, poll, approvals)


def _options(session: WriteSession, poll: Poll, approvals: dict[str, int]) -> None:
    announced = poll.status != "draft"
    options = {
        slug: PollOption(
            id=new_id(),
            poll_id=poll.id,
            position=place,
            concern=slug,
            text=slug if announced else f"{CANARY}-option",
        )
        for place, slug in enumerate(BOTH)
    }
    session.add_all(options.values())
    if approvals:
        ids = {slug: str(option.id) for slug, option in options.items()}
        session.add(_result(poll, ids, approvals))


def _result(poll: Poll, ids: dict[str, str], votes: dict[str, int]) -> PollResult:
    cast = [{ids[concern]} for concern, times in votes.items() for _ in range(times)]
    profile = Profile.from_ballots(ids.values(), cast)
    count = count_poll(profile, poll.seats, seed=bytes(32), resamples=1)
    approvals = dict(zip(profile.options, profile.support, strict=True))
    return PollResult(
        poll_id=poll.id,
        ballots=len(cast),
        superseded=0,
        by_level={"0": len(cast)},
        profile=[],
        count={**count.to_json(), "approvals": approvals, "closing_commitment": "0" * 64},
        counted_at=NOW,
    )


async def meet(session: WriteSession) -> None:
    """A held event, a draft, and evidence."""
    for status in ("held", "draft"):
        await _event(session, status)
    _evidence(session)


async def _event(session: WriteSession, status: str) -> None:
    secret = status == "draft"
    event = CommunityEvent(
        kind="open_community",
        title=f"{CANARY}-draft" if secret else FORMULA,
        description="Text",
        borough_code=ALDER,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=1),
        place="Hall",
        location="SRID=4326;POINT(-0.095 51.505)",
        accessibility=["step_free"],
        open_to_all=True,
        hosts=[],
        status=status,
        **STAMPS,
    )
    session.add(event)
    await session.flush()
    session.add(EventWard(event_id=event.id, ward_code=A1))
    session.add(
        EventRecord(
            event_id=event.id,
            attendance=20,
            attendance_method="counted",
            notes=f"{CANARY}-notes" if secret else "Notes",
            recorded_at=NOW,
            concerns_raised=BOTH,
            recorded_by=f"{CANARY}-by",
        )
    )
    note(session, "event", event.id, f"{status}_event")


def _evidence(session: WriteSession) -> None:
    session.add(
        Evidence(
            kind="panel_submission",
            borough_code=ALDER,
            ward_code=A1,
            period_from=TODAY,
            period_to=TODAY,
            summary="-2 points",
            mentions=BOTH,
            source_name="Panel",
            licence="OGL",
            retrieved_at=NOW,
            recorded_at=NOW,
            recorded_by=f"{CANARY}-by",
        )
    )
