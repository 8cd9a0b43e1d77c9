"""Who took part in a round: one table, let out once, when the last of its polls is published.

Only then, and never again: tables of different days could be subtracted from each other.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.database import Database, ReadSession, WriteSession, alone, database_now
from app.domain.disclosure import FEWEST, STEP, coarse_turnout
from app.domain.disclosure_gate import (
    FEWEST_VALUES,
    Figure,
    GateShutError,
    Table,
    WardCounts,
    pass_gate,
    told_by_result,
)
from app.domain.polls import PollStatus
from app.errors import NotFoundError, ParticipationNotPublishedError
from app.models.participation import Participation
from app.models.polls import Poll, PollResult, Round
from app.operations.poll_results import figures_of
from app.schemas.participation import (
    AreaParticipationOut,
    LevelCountOut,
    ParticipationOut,
    ProofOut,
)

logger = logging.getLogger(__name__)

RULE = "10-5: under 10 hidden, others rounded to 5, totals on their own"
OVER = (PollStatus.PUBLISHED.value, PollStatus.CANCELLED.value)
LOOK_REST_S = 60.0


async def publish_due_participation(database: Database) -> int:
    """Publish the table of every round whose polls are all over; return how many there were."""
    async with database.reading() as session:
        due = list(await session.scalars(_due()))
    made = 0
    for round_id in due:
        async with database.writing() as session:
            if await alone(session, "participation"):
                at = await database_now(session)
                made += await publish_participation(session, round_id, at=at)
    return made


def _due() -> Any:
    published = exists().where(Poll.round_id == Round.id, Poll.status == OVER[0])
    under_way = exists().where(Poll.round_id == Round.id, Poll.status.not_in(OVER))
    told = exists().where(Participation.round_id == Round.id)
    return select(Round.id).where(published, ~under_way, ~told).order_by(Round.id)


async def publish_participation(session: WriteSession, round_id: UUID, *, at: datetime) -> bool:
    """Publish a round's table if its polls are all over; return whether it was published now."""
    await session.flush()
    if (await session.scalars(_due().where(Round.id == round_id))).first() is None:
        return False
    statement = (
        select(Poll.borough_code, Poll.ward_code, PollResult)
        .join(PollResult, PollResult.poll_id == Poll.id)
        .where(Poll.round_id == round_id, Poll.status == PollStatus.PUBLISHED.value)
        .order_by(Poll.borough_code, Poll.ward_code)
    )
    boroughs: dict[str, list[WardCounts]] = {}
    for borough, ward, result in await session.execute(statement):
        boroughs.setdefault(borough, []).append(_counts(ward, result))
    try:
        tables = await asyncio.to_thread(_pass_all, boroughs)
    except GateShutError:
        logger.error("participation is not published: the gate stays shut")  # noqa: TRY400 - no trace
        return False
    session.add(_published(round_id, tables, at))
    await session.flush()
    return True


def _counts(ward: str, result: PollResult) -> WardCounts:
    by_level = {int(level): ballots for level, ballots in result.by_level.items()}
    turnout = coarse_turnout(result.ballots)
    told = told_by_result(figures_of(result), list(by_level), turnout=turnout)
    return WardCounts(ward, by_level, told)


def _pass_all(boroughs: dict[str, list[WardCounts]]) -> dict[str, Table]:
    return {
        borough: pass_gate(wards, sorted({level for ward in wards for level in ward.by_level}))
        for borough, wards in boroughs.items()
    }


def _published(round_id: UUID, tables: dict[str, Table], at: datetime) -> Participation:
    figures = [
        {"borough": borough, "ward": figure.ward, "level": figure.level, "ballots": told}
        for borough, table in tables.items()
        for figure, told in table.figures.items()
    ]
    proof = {
        "rule": RULE,
        "hidden": sum(table.hidden for table in tables.values()),
        "narrowest": min(table.narrowest for table in tables.values()),
        "required": FEWEST_VALUES,
    }
    return Participation(round_id=round_id, figures=figures, proof=proof, published_at=at)


async def get_participation(session: ReadSession, round_id: UUID) -> ParticipationOut:
    """Return a round's table, or raise `ParticipationNotPublishedError` while a poll goes on."""
    if await session.get(Round, round_id) is None:
        raise NotFoundError("round", round_id)
    found = await session.get(Participation, round_id)
    if found is None:
        raise ParticipationNotPublishedError("published participation of round", round_id)
    areas = sorted({(row["borough"], row["ward"] or "") for row in found.figures})
    told = {
        (row["borough"], Figure(row["ward"], row["level"])): row["ballots"] for row in found.figures
    }
    levels = sorted({row["level"] for row in found.figures if row["level"] is not None})
    return ParticipationOut(
        round=round_id,
        levels=levels,
        rounded_to=STEP,
        fewer_than=FEWEST,
        wards=[_area(told, borough, ward, levels) for borough, ward in areas if ward],
        boroughs=[_area(told, borough, None, levels) for borough, ward in areas if not ward],
        proof=ProofOut.model_validate(found.proof),
        published_at=found.published_at,
    )


def _area(
    told: dict[tuple[str, Figure], int | None],
    borough: str,
    ward: str | None,
    levels: Sequence[int],
) -> AreaParticipationOut:
    return AreaParticipationOut(
        code=ward or borough,
        borough=borough,
        ballots=told[borough, Figure(ward, None)],
        by_level=[
            LevelCountOut(level=level, ballots=told[borough, Figure(ward, level)])
            for level in levels
        ],
    )
