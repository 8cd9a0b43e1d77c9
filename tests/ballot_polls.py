"""Polls to vote in, written straight into the tables: what casting needs and nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.database import Database
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.base import new_id
from app.models.polls import Poll, PollOption, Round
from app.models.wards import BoundaryEdition
from tests.factories import A1, ALDER

CONCERNS = ("burglary", "anti-social-behaviour", "drug-dealing")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class PollMade:
    """A poll's ids as tests need them."""

    id: UUID
    round_id: UUID
    options: list[UUID]


async def make_round(
    database: Database,
    keyring: Keyring,
    *,
    opens_in: timedelta = -HOUR,
    closes_in: timedelta = HOUR,
    min_level: int = 1,
) -> UUID:
    """Write a round that is open now, unless told otherwise."""
    now, round_id = datetime.now(UTC), new_id()
    async with database.writing() as session:
        session.add(
            Round(
                id=round_id,
                title="Synthetic round",
                borough_code=ALDER,
                opens_at=now + opens_in,
                closes_at=now + closes_in,
                min_level=min_level,
                seal_public_key=keyring.create_round(round_id),
                created_at=now,
                updated_at=now,
            )
        )
    return round_id


async def make_poll(
    database: Database,
    round_id: UUID,
    *,
    ward: str = A1,
    status: str = "open",
    concerns: tuple[str, ...] = CONCERNS,
) -> PollMade:
    """Write a ward's poll with its options."""
    now, poll_id = datetime.now(UTC), new_id()
    options = [new_id() for _ in concerns]
    async with database.writing() as session:
        edition = (await session.execute(select(BoundaryEdition.id))).scalar_one()
        session.add(
            Poll(
                id=poll_id,
                round_id=round_id,
                ward_code=ward,
                borough_code=ALDER,
                edition_id=edition,
                question="What matters most?",
                seats=3,
                rule="phragmen",
                status=status,
                manifest_sha256="ab" * 32,
                created_at=now,
                updated_at=now,
            )
        )
        await session.flush()
        session.add_all(
            PollOption(id=option, poll_id=poll_id, position=place, concern=slug, text=slug)
            for place, (option, slug) in enumerate(zip(options, concerns, strict=True))
        )
    return PollMade(poll_id, round_id, options)


async def open_poll_of(app: Any, **options: Any) -> PollMade:
    """Write a round with one poll, for the running application."""
    round_id = await make_round(app.state.database, app.state.keyring)
    return await make_poll(app.state.database, round_id, **options)


def resident(subject: str, ward: str = A1, level: int = 2) -> Caller:
    """Return a resident of a ward as the operations see them."""
    return Caller(subject, Role.RESIDENT, wards=frozenset({ward}), level=level)
