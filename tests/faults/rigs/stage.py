"""One open poll with its residents: what a crowd needs to vote, and how its box is opened."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from app.database import Database, database_now
from app.keyring import Keyring
from app.models.polls import Envelope, OpenedBallot, Poll
from app.operations.ballots import close_envelopes, open_poll
from app.operations.log import publish_head
from app.settings import Settings
from app.tokens import EvaluationIssuer
from tests.ballot_polls import PollMade, make_poll, make_round
from tests.factories import A1
from tests.faults.rigs.notes import Signer

CONCERNS = ("burglary", "anti-social-behaviour", "drug-dealing", "robbery", "vehicle-crime")
RESIDENTS = 600


@dataclass(frozen=True)
class Kept:
    """What the database holds of one resident's ballot."""

    seq: int
    leaf: bytes


@dataclass(frozen=True)
class Stage:
    """A poll, and for each resident a token, a ballot and a place in the box."""

    key_store: Path
    poll: PollMade
    residents: list[str]
    tokens: Mapping[str, str]
    choices: Mapping[str, frozenset[str]]
    ballots: Mapping[str, bytes]
    slots: Mapping[bytes, str]
    signer: Signer

    @property
    def path(self) -> str:
        """Where the poll is."""
        return f"/v1/polls/{self.poll.id}"


async def set_stage(url: str, key_store: Path, residents: int = RESIDENTS) -> Stage:
    """Open a poll in a database that holds small London, and invite the residents."""
    database, keyring = Database(url, pool_size=2), Keyring(key_store)
    poll = await make_poll(database, await make_round(database, keyring), concerns=CONCERNS)
    await database.close()
    issuer = EvaluationIssuer(key_store, Settings(key_store=key_store).oidc_audience)
    claims = {"role": "resident", "wards": [A1], "boroughs": [], "level": 2}
    names = [f"resident-{number}" for number in range(residents)]
    options = [str(option) for option in poll.options]
    choices = {name: _choice(options, number) for number, name in enumerate(names)}
    return Stage(
        key_store=key_store,
        poll=poll,
        residents=names,
        tokens={name: issuer.issue({"sub": name} | claims) for name in names},
        choices=choices,
        ballots={
            name: json.dumps({"approved_options": sorted(choices[name])}).encode() for name in names
        },
        slots={
            keyring.slot(poll.round_id, keyring.anchor("subject", name)): name for name in names
        },
        signer=(keyring.log_signer.name, keyring.log_signer.public_key),
    )


def _choice(options: list[str], number: int) -> frozenset[str]:
    mask = 1 + number % (2 ** len(options) - 1)
    return frozenset(option for place, option in enumerate(options) if mask >> place & 1)


async def read_box(url: str, stage: Stage) -> dict[str, Kept]:
    """Return what is kept of each resident; ballots of nobody we know stand under their slot."""
    database = Database(url, pool_size=1)
    statement = select(Envelope.slot, Envelope.seq, Envelope.leaf_hash).where(
        Envelope.poll_id == stage.poll.id
    )
    async with database.reading() as session:
        rows = (await session.execute(statement)).all()
    await database.close()
    return {
        stage.slots.get(bytes(slot), bytes(slot).hex()): Kept(seq, bytes(leaf))
        for slot, seq, leaf in rows
    }


async def open_box(url: str, stage: Stage) -> Counter[frozenset[str]]:
    """Close the poll, open its envelopes the way the service does, and count the choices."""
    database, keyring = Database(url, pool_size=1), Keyring(stage.key_store)
    async with database.writing() as session:
        row = await session.get_one(Poll, stage.poll.id, with_for_update=True)
        await publish_head(session, keyring.log_signer, row.id, at=await database_now(session))
        row.status = "closed"
        await close_envelopes(session, stage.poll.id)
        await open_poll(session, keyring, row)
    async with database.reading() as session:
        opened = (
            await session.scalars(
                select(OpenedBallot.choices).where(OpenedBallot.poll_id == stage.poll.id)
            )
        ).all()
    await database.close()
    return Counter(frozenset(map(str, choices)) for choices in opened)
