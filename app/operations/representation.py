"""Who took part by group: counted once in memory when a round is over, let out through the gate.

A resident's slot tells the poll they took part in, their pseudonym what they said of themselves;
both come from the anchor and two keys outside the database. They meet in memory, here, once a
round, and only figures that passed the gate are written. Envelopes are opened again only where the
gate lets a ward's groups be told, and only weighted sums leave that (decision 15).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.database import Database, WriteSession, alone, database_now
from app.domain.disclosure import COARSE, STEP, Disclosure, coarse_turnout
from app.domain.disclosure_gate import (
    FEWEST_VALUES,
    Figure,
    GateShutError,
    Table,
    Told,
    WardCounts,
    pass_gate,
)
from app.domain.polls import PollStatus
from app.domain.representation import (
    FEWEST_IN_A_WARD,
    PARTITIONS,
    Dimension,
    Group,
    choose_groups,
    group_of,
)
from app.keyring import Keyring
from app.models.participation import Participation
from app.models.polls import Envelope, Poll, PollResult, Round
from app.models.population import PopulationCount
from app.models.representation import PollEstimate, Representation
from app.operations.demographics import Respondent, open_sealed, read_sealed
from app.operations.participation import RULE
from app.operations.poll_results import figures_of
from app.operations.raked_estimates import Approved, Counted, estimate_poll

logger = logging.getLogger(__name__)

OTHER_WARDS = "other"
"""The row that the wards of a borough share whose polls had fewer than 100 ballots."""

Answers = dict[UUID, dict[bytes, Respondent]]
"""By poll, the slots of those who answered anything; in memory only."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a borough's table: its wards, polls, and the bounds told of its ballots."""

    key: str
    polls: tuple[Poll, ...]
    ballots: tuple[int, int]

    @property
    def wards(self) -> list[str]:
        """The codes of the row's wards."""
        return [poll.ward_code for poll in self.polls]


@dataclass(frozen=True, slots=True)
class Census:
    """How many live in each ward, by dimension and category, on one census day."""

    on: date | None
    counts: Mapping[tuple[str, str], Mapping[str, int]]

    def groups_of(self, dimension: Dimension, wards: Sequence[str]) -> tuple[Group, ...]:
        """Return the groups that every one of these wards has figures for, or the finest."""
        known = [frozenset(self.counts.get((ward, dimension), {})) for ward in wards]
        found = choose_groups(dimension, frozenset.intersection(*known))
        return found or PARTITIONS[dimension][0]

    def shares(
        self, dimension: Dimension, groups: Sequence[Group], wards: Sequence[str]
    ) -> dict[str, float] | None:
        """Return each group's share of the residents counted in these wards, if all are known."""
        held = [self.counts.get((ward, dimension), {}) for ward in wards]
        if not all(c in counts for counts in held for group in groups for c in group.census):
            return None
        sums = {g.name: sum(counts[c] for counts in held for c in g.census) for g in groups}
        whole = sum(sums.values())
        return {name: number / whole for name, number in sums.items()} if whole else None


async def publish_due_representation(database: Database, keyring: Keyring) -> int:
    """Publish the figures of every round that is over and whose keys are there; return how many."""
    async with database.reading() as session:
        due = list(await session.scalars(_due()))
    made = 0
    for round_id in due:
        async with database.writing() as session_:
            if await alone(session_, "representation"):
                at = await database_now(session_)
                made += await publish_representation(session_, keyring, round_id, at=at)
    return made


def _due() -> Any:
    table = exists().where(Participation.round_id == Round.id)
    told = exists().where(Representation.round_id == Round.id)
    return (
        select(Round.id).where(table, ~told, Round.keys_destroyed_at.is_(None)).order_by(Round.id)
    )


async def publish_representation(
    session: WriteSession, keyring: Keyring, round_id: UUID, *, at: datetime
) -> bool:
    """Publish a round's figures by group if they are due; return whether that happened now."""
    if (await session.scalars(_due().where(Round.id == round_id))).first() is None:
        return False
    held = await _polls_of(session, round_id)
    census = await _read_census(session, [poll.ward_code for poll, _ in held])
    slots = await _slots_of(session, round_id)
    sealed = await read_sealed(session)
    answers = await asyncio.to_thread(_match, keyring, round_id, slots, sealed)
    boroughs: dict[str, list[Row]] = {}
    for borough in sorted({poll.borough_code for poll, _ in held}):
        boroughs[borough] = _rows([pair for pair in held if pair[0].borough_code == borough])
    try:
        figures, proof, approved = await asyncio.to_thread(_count, boroughs, answers, census)
    except GateShutError:
        logger.error("representation is not published: the gate stays shut")  # noqa: TRY400 - no trace
        return False
    for poll, result in held:
        estimate = await estimate_poll(
            session,
            keyring,
            Counted(poll, result, approved.get(poll.id, []), answers.get(poll.id, {})),
        )
        session.add(PollEstimate(poll_id=poll.id, estimate=estimate))
    proof["census_on"] = census.on.isoformat() if census.on else None
    session.add(Representation(round_id=round_id, figures=figures, proof=proof, published_at=at))
    await session.flush()
    return True


async def _polls_of(session: WriteSession, round_id: UUID) -> list[tuple[Poll, PollResult]]:
    statement = (
        select(Poll, PollResult)
        .join(PollResult, PollResult.poll_id == Poll.id)
        .where(Poll.round_id == round_id, Poll.status == PollStatus.PUBLISHED.value)
        .order_by(Poll.borough_code, Poll.ward_code)
    )
    return [(poll, result) for poll, result in await session.execute(statement)]


async def _slots_of(session: WriteSession, round_id: UUID) -> dict[bytes, UUID]:
    statement = select(Envelope.slot, Envelope.poll_id).where(
        Envelope.round_id == round_id, Envelope.quarantined.is_(False)
    )
    return {row.slot: row.poll_id for row in await session.execute(statement)}


async def _read_census(session: WriteSession, wards: Sequence[str]) -> Census:
    mine = PopulationCount.area_code.in_(wards)
    newest = select(PopulationCount.census_on).where(mine)
    on = (await session.scalars(newest.order_by(PopulationCount.census_on.desc()).limit(1))).first()
    counts: dict[tuple[str, str], dict[str, int]] = {}
    if on is not None:
        for row in await session.scalars(
            select(PopulationCount).where(mine, PopulationCount.census_on == on)
        ):
            counts.setdefault((row.area_code, row.dimension), {})[row.category] = row.count
    return Census(on, counts)


def _match(
    keyring: Keyring,
    round_id: UUID,
    slots: Mapping[bytes, UUID],
    sealed: Sequence[tuple[bytes, bytes]],
) -> Answers:
    """Return who of those who answered has a ballot in which poll; nothing of what it says."""
    found: Answers = {}
    for respondent in open_sealed(keyring, sealed):
        slot = keyring.slot(round_id, respondent.anchor)
        if slot in slots:
            found.setdefault(slots[slot], {})[slot] = respondent
    return found


def _rows(held: Sequence[tuple[Poll, PollResult]]) -> list[Row]:
    """Return a borough's rows: one for each ward with 100 ballots, one for all the others."""
    large = [(poll, result) for poll, result in held if result.ballots >= FEWEST_IN_A_WARD]
    small = [(poll, result) for poll, result in held if result.ballots < FEWEST_IN_A_WARD]
    rows = [Row(poll.ward_code, (poll,), _told_of(result)) for poll, result in large]
    if small:
        bounds = [_told_of(result) for _, result in small]
        whole = sum(low for low, _ in bounds), sum(high for _, high in bounds)
        rows.append(Row(OTHER_WARDS, tuple(poll for poll, _ in small), whole))
    return rows


def _told_of(result: PollResult) -> tuple[int, int]:
    """Return the bounds of a poll's ballots that its published result gives."""
    figures = figures_of(result)
    turnout = coarse_turnout(result.ballots)
    if figures.ballots is None:
        return turnout, turnout + COARSE - 1
    reach = STEP // 2 if figures.disclosure is Disclosure.ROUNDED else 0
    return figures.ballots - reach, figures.ballots + reach


def _count(
    boroughs: Mapping[str, Sequence[Row]], answers: Answers, census: Census
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[UUID, list[Approved]]]:
    figures: list[dict[str, Any]] = []
    tables: list[Table] = []
    approved: dict[UUID, list[Approved]] = {}
    for borough, rows in boroughs.items():
        wards = [ward for row in rows for ward in row.wards]
        for dimension in Dimension:
            groups = census.groups_of(dimension, wards)
            table = pass_gate(
                [_counts(row, dimension, groups, answers) for row in rows],
                list(range(len(groups))),
            )
            tables.append(table)
            for row in (*rows, None):
                among = wards if row is None else row.wards
                shares = census.shares(dimension, groups, among)
                told = _told(row, groups, table)
                place = (borough, None if row is None else row.key, among)
                figures.append(_figure(place, dimension, told, shares))
                if row is not None and row.key != OTHER_WARDS and shares is not None:
                    made = Approved(dimension, groups, told[0], told[1], shares)
                    approved.setdefault(row.polls[0].id, []).append(made)
    proof = {
        "rule": RULE,
        "hidden": sum(table.hidden for table in tables),
        "narrowest": min(table.narrowest for table in tables),
        "required": FEWEST_VALUES,
    }
    return figures, proof, approved


def _counts(
    row: Row, dimension: Dimension, groups: Sequence[Group], answers: Answers
) -> WardCounts:
    given = Counter(
        group_of(groups, respondent.answers[dimension])
        for poll in row.polls
        for respondent in answers.get(poll.id, {}).values()
    )
    by_group = {place: given[group.name] for place, group in enumerate(groups)}
    most = row.ballots[1]
    return WardCounts(row.key, by_group, [Told(frozenset(by_group), 0, most)])


def _told(
    row: Row | None, groups: Sequence[Group], table: Table
) -> tuple[int | None, dict[str, int | None]]:
    key = None if row is None else row.key
    answered = table.figures[Figure(key, None)]
    by_group = {g.name: table.figures[Figure(key, place)] for place, g in enumerate(groups)}
    return answered, by_group


def _figure(
    place: tuple[str, str | None, list[str]],
    dimension: Dimension,
    told: tuple[int | None, dict[str, int | None]],
    shares: Mapping[str, float] | None,
) -> dict[str, Any]:
    borough, row, wards = place
    answered, by_group = told
    return {
        "borough": borough,
        "row": row,
        "wards": wards,
        "dimension": dimension.value,
        "answered": answered,
        "groups": [
            {"group": name, "respondents": n, "reference": None if shares is None else shares[name]}
            for name, n in by_group.items()
        ],
    }
