"""Builds the demonstration once, borough by borough, in transactions of the service's own kind."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from random import Random

from sqlalchemy import select

from app.database import Database
from app.demonstration.events import hold_events
from app.demonstration.priorities import promise_in_ward
from app.demonstration.rounds import DEMONSTRATION_BOROUGH, RoundBuilder
from app.demonstration.scene import Scene
from app.demonstration.teams import staff_borough
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.wards import PoliceForce
from app.keyring import Keyring
from app.models.priorities import PrioritySet
from app.models.teams import Officer
from app.operations.atlas import EditionIndex, WardEntry, load_index
from app.operations.wards import find_edition

SEED = 20230718
"""The day the plan was published."""
BUILDER = Caller("demonstration", Role.ADMIN)


async def is_untouched(database: Database) -> bool:
    """Whether nobody has posted an officer or published a priority yet."""
    async with database.reading() as session:
        for table in (Officer, PrioritySet):
            if (await session.scalars(select(table.id).limit(1))).first() is not None:
                return False
    return True


async def build_demonstration(
    database: Database,
    keyring: Keyring,
    *,
    now: datetime,
    today: date,
    begin: Callable[[str], None],
) -> None:
    """Fill an untouched database with the demonstration; `begin` hears which borough is next."""
    index = await _load(database)
    boroughs = _met_boroughs(index)
    for code, wards in boroughs.items():
        begin(wards[0].borough_name)
        random = Random(f"{SEED} {code}")
        async with unit_of_work(database) as session:
            scene = Scene(session, BUILDER, random, now, today)
            await staff_borough(scene, wards)
            for ward in wards:
                await promise_in_ward(scene, ward)
            await hold_events(scene, wards, index)
        if code == DEMONSTRATION_BOROUGH:
            rounds = RoundBuilder(database, keyring, BUILDER, random)
            await rounds.finish_round(wards, now=now, today=today)
            await rounds.open_round(wards, now=now)


async def _load(database: Database) -> EditionIndex:
    async with database.reading() as session:
        edition = await find_edition(session)
        if edition is None:
            raise RuntimeError("load the geography before the demonstration")
        return await load_index(session, edition)


def _met_boroughs(index: EditionIndex) -> dict[str, list[WardEntry]]:
    """Return the wards by borough, the demonstration borough first: its round needs time to end."""
    found: dict[str, list[WardEntry]] = defaultdict(list)
    for entry in index.entries:
        if entry.police_force == PoliceForce.METROPOLITAN:
            found[entry.borough_code].append(entry)
    return dict(sorted(found.items(), key=lambda borough: borough[0] != DEMONSTRATION_BOROUGH))
