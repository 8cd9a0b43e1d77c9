"""Builds the demonstration once, borough by borough, in transactions of the service's own kind."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from app.database import Database
from app.demonstration.boards import seat_board
from app.demonstration.crime import count_crime, has_real_figures
from app.demonstration.disputes import dispute_claims, dispute_london
from app.demonstration.elsewhere import show_elsewhere, was_read
from app.demonstration.events import hold_events
from app.demonstration.facilities import open_counters
from app.demonstration.measures import has_real_measures, survey_borough
from app.demonstration.priorities import promise_in_ward
from app.demonstration.promises import keep_early_promises
from app.demonstration.publications import publish_releases
from app.demonstration.rounds import DEMONSTRATION_BOROUGH, RoundBuilder
from app.demonstration.scene import Scene
from app.demonstration.teams import staff_borough
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.refreshes import RefreshTrigger
from app.domain.teams import PostingRole
from app.domain.wards import PoliceForce
from app.keyring import Keyring
from app.models.teams import Officer, Posting
from app.models.wards import BoundaryEdition, Ward
from app.operations.atlas import EditionIndex, WardEntry, load_index
from app.operations.wards import find_edition

SEED = 20230718
"""The day the plan was published."""
BUILDER = Caller("demonstration", Role.ADMIN)


async def has_real_officers(database: Database) -> bool:
    """Whether anybody serves who is not made up."""
    async with database.reading() as session:
        real = select(Officer.id).where(Officer.fictional.is_(False)).limit(1)
        return (await session.scalars(real)).first() is not None


async def find_missing(database: Database) -> set[str]:
    """Return the Met boroughs without a demonstration; none at all once a real officer serves.

    Each borough is built in one transaction, so a start cut short goes on where it stopped.
    """
    if await has_real_officers(database):
        return set()
    async with database.reading() as session:
        wards = select(Ward.borough_code).join(
            BoundaryEdition, BoundaryEdition.id == Ward.edition_id
        )
        of_the_met = wards.where(
            BoundaryEdition.status == "active", Ward.police_force == PoliceForce.METROPOLITAN
        )
        led = select(Posting.borough_code).where(Posting.role == PostingRole.INSPECTOR)
        return set(await session.scalars(of_the_met)) - set(await session.scalars(led))


class MadeUp(NamedTuple):
    """Which figures and lists are made up: only where no real ones are there."""

    counts: bool
    measures: bool
    lists: bool


async def build_demonstration(
    database: Database,
    keyring: Keyring,
    *,
    missing: set[str],
    now: datetime,
    today: date,
    begin: Callable[[str], None],
) -> None:
    """Build the demonstration of these boroughs; `begin` hears which is next."""
    index = await _load(database)
    async with database.reading() as session:
        made_up = MadeUp(
            counts=not await has_real_figures(session),
            measures=not await has_real_measures(session),
            lists=not await was_read(session),
        )
    async with unit_of_work(database) as writing:
        whole = Scene(writing, BUILDER, Random(SEED), now, today)
        await publish_releases(whole)
        await dispute_london(whole, keyring)
    for code, wards in _wards_of(index, missing).items():
        begin(wards[0].borough_name)
        random = Random(f"{SEED} {code}")
        async with unit_of_work(database) as writing:
            scene = Scene(writing, BUILDER, random, now, today)
            await _furnish_borough(scene, wards, index, made_up)
            await dispute_claims(scene, keyring, wards)
        rounds = RoundBuilder(database, keyring, BUILDER, random)
        if code == DEMONSTRATION_BOROUGH:
            await rounds.finish_rounds(wards, now=now, today=today)
            await rounds.open_round(wards, now=now)
        else:
            await rounds.refresh(wards[:1], RefreshTrigger.SCHEDULED, now=now, today=today)


async def _furnish_borough(
    scene: Scene, wards: list[WardEntry], index: EditionIndex, made_up: MadeUp
) -> None:
    code = wards[0].borough_code
    await staff_borough(scene, wards)
    for ward in wards:
        await promise_in_ward(scene, ward)
    await hold_events(scene, wards, index)
    if made_up.counts:
        await count_crime(scene, wards, f"{SEED} {code} crime")
    if made_up.measures:
        await survey_borough(scene, wards, f"{SEED} {code} measures")
    if made_up.lists:
        await show_elsewhere(replace(scene, random=Random(f"{SEED} {code} lists")), wards)
    bodies = replace(scene, random=Random(f"{SEED} {code} bodies"))
    await seat_board(bodies, wards)
    await open_counters(bodies, wards, index)
    await keep_early_promises(bodies, wards, index)


async def _load(database: Database) -> EditionIndex:
    async with database.reading() as session:
        edition = await find_edition(session)
        if edition is None:
            raise RuntimeError("load the geography before the demonstration")
        return await load_index(session, edition)


def _wards_of(index: EditionIndex, boroughs: set[str]) -> dict[str, list[WardEntry]]:
    """Return the wards by borough, the demonstration borough first: its round needs time to end."""
    found: dict[str, list[WardEntry]] = defaultdict(list)
    for entry in index.entries:
        if entry.borough_code in boroughs:
            found[entry.borough_code].append(entry)
    return dict(sorted(found.items(), key=lambda borough: borough[0] != DEMONSTRATION_BOROUGH))
