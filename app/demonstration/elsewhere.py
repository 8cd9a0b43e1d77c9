"""Demonstration of the police's own site: what it shows of a ward, mostly behind what we hold."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from app.database import ReadSession
from app.demonstration.content import VENUES, choose_promises
from app.demonstration.scene import Scene
from app.domain.police_uk import ListKind, Match
from app.models.police_uk import PoliceUkNeighbourhood
from app.models.sources import SourceCopy
from app.operations.atlas import WardEntry
from app.operations.crime_store import FICTIONAL, Copied, keep_copy
from app.operations.police_uk_lists import Seen, keep_items
from app.sources.police_uk import FORCE, read_events, read_priorities, read_team

PLACE = "demonstration:police-uk"
COPIED = Copied(FICTIONAL, PLACE, hashlib.sha256(PLACE.encode()).hexdigest(), 0, "fictional")
UNKEPT, EVENTFUL = 0.2, 0.5
"""Shares of wards that show no priority at all, and that show an event."""


async def was_read(session: ReadSession) -> bool:
    """Whether anything of the publisher's was really read; then nothing is made up."""
    fictional = select(SourceCopy.id).where(SourceCopy.source == FICTIONAL)
    real = select(PoliceUkNeighbourhood.neighbourhood_id).where(
        PoliceUkNeighbourhood.copy_id.not_in(fictional)
    )
    return (await session.execute(real.limit(1))).first() is not None


async def show_elsewhere(scene: Scene, wards: Sequence[WardEntry]) -> None:
    """Make up what the publisher would list of each of these wards, in its own shapes."""
    copy_id = await keep_copy(scene.session, COPIED, scene.now)
    await scene.session.execute(
        insert(PoliceUkNeighbourhood), [_neighbourhood(ward, scene.now, copy_id) for ward in wards]
    )
    dice, today = scene.random, scene.today
    for ward in wards:
        listed = {
            ListKind.PRIORITIES: read_priorities(PLACE, _priorities(dice, ward, today)),
            ListKind.EVENTS: read_events(PLACE, _events(dice, ward, today)),
            ListKind.TEAM: read_team(PLACE, _team(dice), with_names=False),
        }
        for kind, items in listed.items():
            await keep_items(scene.session, Seen(ward.code, kind, copy_id, scene.now), items)


def _neighbourhood(ward: WardEntry, now: datetime, copy_id: UUID) -> dict[str, Any]:
    return {
        "force": FORCE,
        "neighbourhood_id": f"{ward.code}N",
        "name": f"{ward.name} (demonstration)",
        "ward_code": ward.code,
        "match": Match.SUFFIX.value,
        "first_seen_at": now,
        "last_seen_at": now,
        "gone_at": None,
        "boundary_overlap": None,
        "copy_id": copy_id,
    }


def _priorities(dice: Random, ward: WardEntry, today: date) -> bytes:
    if dice.random() < UNKEPT:
        return b"[]"
    issued = today - timedelta(days=dice.randrange(100, 500))
    return _bytes(
        {
            "issue": f"<p>{promise.title} in {ward.name}</p>",
            "issue-date": _moment(issued, 0),
            "action": None,
            "action-date": None,
        }
        for promise in choose_promises(dice, 2)
    )


def _events(dice: Random, ward: WardEntry, today: date) -> bytes:
    if dice.random() >= EVENTFUL:
        return b"[]"
    day, hour = today + timedelta(days=dice.randrange(3, 40)), dice.randrange(10, 19)
    venue = dice.choice(VENUES)
    event = {
        "title": "Street briefing (demonstration)",
        "description": f"<p>Meet the team at {venue}.</p>",
        "address": f"{venue}, {ward.name}",
        "type": "meeting",
        "start_date": _moment(day, hour),
        "end_date": _moment(day, hour + 1),
    }
    return _bytes([event])


def _team(dice: Random) -> bytes:
    ranks = ["PC"] * dice.randrange(1, 4) + ["PCSO"] * dice.randrange(2) + ["Sergeant"]
    return _bytes({"name": None, "rank": rank} for rank in ranks)


def _moment(day: date, hour: int) -> str:
    return datetime.combine(day, time(hour)).isoformat()


def _bytes(listed: Any) -> bytes:
    return json.dumps(list(listed)).encode()
