"""What a refresh needs around it: counted polls, held events, evidence and a decision."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from app.database import Database, WriteSession
from app.dependencies import unit_of_work
from app.domain.counting import Profile, count_poll
from app.models.base import new_id
from app.models.events import CommunityEvent, EventRecord, EventWard
from app.models.polls import Poll, PollOption, PollResult, Round
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from tests.factories import A1, ALDER
from tests.support import Api

OBJECTIVE = {
    "specific": "Fewer reports",
    "measurable": "Reports a month",
    "achievable": "Two patrols a week",
    "relevant": "Residents asked for it",
    "time_bound": "By the next panel",
}
Ballots = Sequence[tuple[int, tuple[str, ...]]]


def decided(concern: str, rank: int, **more: Any) -> dict[str, Any]:
    """Return one priority of a decision, with its reason."""
    return {
        "concern": concern,
        "rank": rank,
        "title": f"Act on {concern}",
        "objective": OBJECTIVE,
        "reason": f"Because of {concern}.",
        **more,
    }


def decision(*concerns: str, dropped: Iterable[Any] = (), **more: Any) -> dict[str, Any]:
    """Return a decision for these concerns in this order; `dropped` are slugs or whole items."""
    return {
        "based_on": 1,
        "priorities": [decided(concern, rank) for rank, concern in enumerate(concerns, 1)],
        "dropped": [
            {"concern": item, "reason": f"No longer {item}."} if isinstance(item, str) else item
            for item in dropped
        ],
        **more,
    }


async def opened(api: Api, ward: str = A1, **body: Any) -> dict[str, Any]:
    """Open a refresh and return it."""
    answer = await api.post(f"/v1/wards/{ward}/refreshes", json={"trigger": "scheduled", **body})
    assert answer.status_code == 201, answer.text
    refresh: dict[str, Any] = answer.json()
    return refresh


async def publish(api: Api, refresh: dict[str, Any], body: dict[str, Any]) -> httpx.Response:
    """Publish a decision of a refresh."""
    return await api.post(f"/v1/refreshes/{refresh['id']}/publication", json=body)


async def renewed(api: Api, *concerns: str, ward: str = A1, **more: Any) -> dict[str, Any]:
    """Open and publish a refresh at once, and return it."""
    answer = await publish(api, await opened(api, ward), decision(*concerns, **more))
    assert answer.status_code == 201, answer.text
    refresh: dict[str, Any] = answer.json()
    return refresh


def candidate(refresh: dict[str, Any], concern: str) -> dict[str, Any]:
    """Return what a proposal says of one concern."""
    found = [c for c in refresh["proposal"]["candidates"] if c["concern"] == concern]
    assert len(found) == 1
    result: dict[str, Any] = found[0]
    return result


def heard(refresh: dict[str, Any], concern: str, source: str) -> dict[str, Any]:
    """Return what one source says of one concern in a proposal."""
    (found,) = (i for i in candidate(refresh, concern)["inputs"] if i["source"] == source)
    result: dict[str, Any] = found
    return result


def finding(**more: Any) -> dict[str, Any]:
    """Return a piece of evidence to submit: a panel of A1, unless told otherwise."""
    return {
        "kind": "panel_submission",
        "borough_code": ALDER,
        "ward_code": A1,
        "period_from": "2026-07-01",
        "period_to": "2026-09-30",
        "summary": "The panel asked for patrols.",
        "mentions": {"burglary": 9, "robbery": 4},
        "source": {
            "name": "Panel",
            "licence": "Open Government Licence v3.0",
            "retrieved_at": "2026-10-01T09:00:00Z",
        },
        **more,
    }


async def succeed(
    database: Database, *kinds: str, ward: str = A1, on: date = date(2022, 5, 5)
) -> list[str]:
    """Let a ward come from others of an older edition, in these ways; returns their codes."""
    async with unit_of_work(database) as session:
        new = (await session.scalars(select(Ward).where(Ward.code == ward))).one()
        facts = {"source": "synthetic", "licence": "none", "attribution": "none", "changes": {}}
        old = BoundaryEdition(
            label="older",
            status="closed",
            boundary_status="official",
            valid_from=date(2014, 5, 5),
            valid_to=on,
            source_sha256="1" * 64,
            ward_count=len(kinds),
            checks={},
            loaded_at=datetime(2026, 1, 1, tzinfo=UTC),
            **facts,
        )
        session.add(old)
        await session.flush()
        codes = [f"E0508000{number}" for number, _ in enumerate(kinds, 1)]
        copied = ("borough_code", "police_force", "boundary", "boundary_status", "area_m2")
        for code, kind in zip(codes, kinds, strict=True):
            before = Ward(
                edition_id=old.id,
                code=code,
                name=f"Old {code[-1]}",
                boundary_sha256=new.boundary_sha256,
                **{name: getattr(new, name) for name in copied},
            )
            session.add(before)
            await session.flush()
            share = 1 / len(kinds)
            session.add(
                WardCrosswalk(
                    from_ward_id=before.id,
                    to_ward_id=new.id,
                    kind=kind,
                    share_of_from=1.0,
                    share_of_to=share,
                )
            )
    return codes


async def count_a_poll(
    database: Database,
    options: Sequence[str],
    ballots: Ballots,
    *,
    ward: str = A1,
    seats: int = 3,
    status: str = "published",
) -> None:
    """Write a poll with a result, counted by the service's own rule."""
    now = datetime.now(UTC)
    async with unit_of_work(database) as session:
        poll = await _poll(session, ward, seats, status, now)
        rows = [
            PollOption(id=new_id(), poll_id=poll.id, position=place, concern=concern, text=concern)
            for place, concern in enumerate(options, 1)
        ]
        session.add_all(rows)
        session.add(_result(poll, rows, ballots, now))


async def _poll(session: WriteSession, ward: str, seats: int, status: str, now: datetime) -> Poll:
    edition = (
        await session.scalars(select(BoundaryEdition.id).where(BoundaryEdition.status == "active"))
    ).one()
    its_round = Round(
        title="Synthetic",
        borough_code=ALDER,
        opens_at=now - timedelta(days=8),
        closes_at=now - timedelta(days=1),
        min_level=0,
        seal_public_key=bytes(32),
        created_at=now,
        updated_at=now,
    )
    session.add(its_round)
    await session.flush()
    poll = Poll(
        round_id=its_round.id,
        ward_code=ward,
        borough_code=ALDER,
        edition_id=edition,
        question="Which?",
        seats=seats,
        rule="phragmen",
        status=status,
        manifest_sha256="0" * 64,
        counted_at=now,
        published_at=now if status == "published" else None,
        created_at=now,
        updated_at=now,
    )
    session.add(poll)
    await session.flush()
    return poll


def _result(
    poll: Poll, options: Sequence[PollOption], ballots: Ballots, now: datetime
) -> PollResult:
    ids = {option.concern: str(option.id) for option in options}
    cast = [{ids[concern] for concern in ticks} for times, ticks in ballots for _ in range(times)]
    profile = Profile.from_ballots(ids.values(), cast)
    count = count_poll(profile, poll.seats, seed=bytes(32), resamples=1)
    approvals = dict(zip(profile.options, profile.support, strict=True))
    return PollResult(
        poll_id=poll.id,
        ballots=len(cast),
        superseded=0,
        by_level={},
        profile=[],
        count={**count.to_json(), "approvals": approvals},
        counted_at=now,
    )


async def hold_an_event(
    database: Database, raised: dict[str, int], *, wards: Sequence[str] = (A1,)
) -> None:
    """Write a held event with its record."""
    now = datetime.now(UTC)
    event = CommunityEvent(
        kind="open_community",
        title="Synthetic meeting",
        description="Plainly synthetic.",
        borough_code=ALDER,
        starts_at=now - timedelta(hours=3),
        ends_at=now - timedelta(hours=1),
        place="Hall",
        accessibility=[],
        open_to_all=True,
        hosts=[],
        status="held",
        created_at=now,
        updated_at=now,
    )
    async with unit_of_work(database) as session:
        session.add(event)
        await session.flush()
        session.add_all(EventWard(event_id=event.id, ward_code=ward) for ward in wards)
        session.add(
            EventRecord(
                event_id=event.id,
                attendance=20,
                attendance_method="counted",
                notes="Notes.",
                concerns_raised=raised,
                recorded_at=now,
                recorded_by="synthetic",
            )
        )
