"""One row of every table that open data reads, with canaries in all that must not be told."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.database import Database, WriteSession
from app.dependencies import unit_of_work
from app.domain.counting import Profile, count_poll
from app.geometry import stored
from app.models.base import new_id
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.evidence import Evidence
from app.models.polls import Poll, PollOption, PollResult, Round
from app.models.priorities import Action, Outcome, Priority, PrioritySet
from app.models.refreshes import Refresh, RefreshItem
from app.models.teams import Abstraction, CoverageStandard, Officer, Posting
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from tests.factories import A1, A2, ALDER, square
from tests.open_data_figures import CANARY, NOW, STAMPS, TODAY, fill_bodies, fill_figures, note

FORMULA = "=1+1"
BOTH = {"burglary": 12, "robbery": 9}


async def fill(database: Database) -> None:
    """Write everything in one transaction, with an audit entry for each noun."""
    async with unit_of_work(database) as session:
        edition = (await session.scalars(select(BoundaryEdition))).one()
        await _retired_and_coming(session)
        await _teams(session)
        await _priorities(session)
        await _polls(session, edition)
        await _events(session)
        await fill_figures(session)
        await fill_bodies(session)
        note(session, "officer", f"{CANARY}-officer", "update_officer")


async def _retired_and_coming(session: WriteSession) -> None:
    """An old edition whose ward became A1, and one that is only loaded."""
    made = []
    for label, status, code in (("old", "closed", "E05080001"), ("next", "inactive", "E05099999")):
        edition = BoundaryEdition(
            label=label,
            status=status,
            boundary_status="official",
            valid_from=date(2018, 5, 3),
            source="synthetic",
            licence="none",
            attribution="none",
            source_sha256="1" * 64,
            ward_count=1,
            checks={"what": f"{CANARY}-checks"},
            changes={},
            loaded_at=NOW,
        )
        session.add(edition)
        await session.flush()
        ward = Ward(
            edition_id=edition.id,
            code=code,
            name="Old" if label == "old" else f"{CANARY}-ward",
            borough_code=ALDER,
            police_force="metropolitan",
            boundary=stored(square(0, 0)),
            boundary_status="official",
            boundary_sha256="2" * 64,
            area_m2=12.5,
        )
        session.add(ward)
        made.append(ward)
    await session.flush()
    new = (await session.scalars(select(Ward).where(Ward.code == A1))).one()
    for old in made:
        session.add(
            WardCrosswalk(
                from_ward_id=old.id,
                to_ward_id=new.id,
                kind="renamed",
                share_of_from=1.0,
                share_of_to=1.0,
            )
        )


async def _teams(session: WriteSession) -> None:
    for name, hidden in ((FORMULA, False), (f"{CANARY}-hidden", True)):
        officer = Officer(
            display_name=name,
            rank="PC",
            subject=f"{CANARY}-{hidden}",
            hidden=hidden,
            fictional=True,
            **STAMPS,
        )
        session.add(officer)
        await session.flush()
        posting = Posting(
            officer_id=officer.id,
            role="dedicated_ward_officer",
            ward_code=A1,
            borough_code=ALDER,
            fte=Decimal("0.5"),
            starts_on=date(2026, 1, 1),
            end_reason=f"{CANARY}-end",
            **STAMPS,
        )
        session.add(posting)
        await session.flush()
        session.add(
            Abstraction(
                posting_id=posting.id,
                starts_on=date(2026, 2, 1),
                ends_on=date(2026, 2, 3),
                reason=f"{CANARY}-reason",
                exceptional=False,
                note=f"{CANARY}-note",
                recorded_at=NOW,
                recorded_by=f"{CANARY}-by",
            )
        )
    session.add(
        CoverageStandard(role="pcso", minimum=1, ward_code=A2, valid_from=TODAY, source="synthetic")
    )


async def _priorities(session: WriteSession) -> None:
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
    for status in ("published", "open"):
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
    note(session, "priority_set", held.id, "publish_priority_set")


async def _polls(session: WriteSession, edition: BoundaryEdition) -> None:
    wards = iter((A1, A2, "E05090003", "E05090011", "E05090012"))
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
    for status, approvals in (
        ("draft", {}),
        ("counted", BOTH),
        ("published", {"burglary": 3, "robbery": 2}),
        ("published", {"burglary": 12, "robbery": 13}),
        ("published", {"burglary": 40, "robbery": 9}),
    ):
        announced = status != "draft"
        poll = Poll(
            round_id=held.id,
            ward_code=next(wards),
            borough_code=ALDER,
            edition_id=edition.id,
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


async def _events(session: WriteSession) -> None:
    for status in ("held", "draft"):
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
