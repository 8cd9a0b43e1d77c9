"""Ballots: casting one, how many there are, and opening a poll's envelopes once after its close."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, ReadSession, WriteSession
from app.domain.ballots import OpenedChoices, Receipt, closing_commitment, options_of
from app.domain.identity import Caller
from app.errors import (
    AssuranceTooLowError,
    BallotBoxDamagedError,
    KeysMissingError,
    NotFoundError,
    NotYourWardError,
    PollNotClosedError,
    PollNotOpenError,
    PollOpenedBeforeError,
    UnknownOptionError,
)
from app.keyring import Keyring
from app.models.polls import Envelope, OpenedBallot, Poll, PollOption, Round
from app.operations.ballot_store import open_store
from app.operations.ballot_writer import Ballot, BallotWriter
from app.operations.log_promises import Promiser
from app.sealing import Choice, DamagedEnvelopeError, Opener, associated_data, new_tracker

LOG_INTERVAL_S = 900
REMEMBERED_POLLS = 2_000
STILL_OPEN = frozenset({"draft", "scheduled", "open", "cancelled"})


@dataclass(frozen=True, slots=True)
class PollFacts:
    """What casting needs to know of a poll; none of it changes once the poll is scheduled."""

    poll_id: UUID
    round_id: UUID
    ward_code: str
    min_level: int
    bits: dict[UUID, int]
    public_key: bytes
    bound_to: bytes


class PollBook:
    """The facts of the polls that one process has seen ballots for; never whether they are open."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database, self._keyring = database, keyring
        self._known: dict[str, PollFacts] = {}
        self._reading: dict[UUID, asyncio.Task[PollFacts]] = {}

    def find_known(self, poll_id: str) -> PollFacts | None:
        """Return the facts of a poll, by its id's usual spelling, if they were read before."""
        return self._known.get(poll_id)

    async def get(self, poll_id: UUID) -> PollFacts:
        """Return a scheduled poll's facts, or raise `NotFoundError` or `PollNotOpenError`.

        Those who ask in the same moment share one reading, so that a crowd needs one connection.
        """
        facts = self._known.get(str(poll_id))
        if facts is not None:
            return facts
        reading = self._reading.get(poll_id)
        if reading is None:
            reading = self._reading[poll_id] = asyncio.create_task(self._read(poll_id))
            reading.add_done_callback(lambda _: self._reading.pop(poll_id, None))
        return await asyncio.shield(reading)

    async def _read(self, poll_id: UUID) -> PollFacts:
        async with self._database.reading() as session:
            facts = await _read_facts(session, poll_id, self._keyring.log_signer.verifier_key)
        if len(self._known) >= REMEMBERED_POLLS:
            self._known.clear()
        self._known[str(poll_id)] = facts
        return facts


async def _read_facts(session: ReadSession, poll_id: UUID, log_key: str) -> PollFacts:
    statement = (
        select(Poll.round_id, Poll.ward_code, Poll.status, Poll.manifest_sha256, Poll.manifest)
        .add_columns(Round.min_level, Round.seal_public_key)
        .join(Round, Round.id == Poll.round_id)
        .where(Poll.id == poll_id)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFoundError("poll", poll_id)
    if row.status == "draft" or row.manifest_sha256 is None:
        raise PollNotOpenError("This poll has not been scheduled yet.")
    if row.manifest is not None and row.manifest.get("log_key", log_key) != log_key:
        raise KeysMissingError("The log key in the key store is not the one this poll names.")
    options = await _options_of(session, poll_id)
    return PollFacts(
        poll_id=poll_id,
        round_id=row.round_id,
        ward_code=row.ward_code,
        min_level=row.min_level,
        bits={option_id: 1 << place for place, option_id in enumerate(options)},
        public_key=row.seal_public_key,
        bound_to=associated_data(poll_id, row.manifest_sha256),
    )


class BallotBox:
    """What casting needs in one process: the keys, the polls' facts and the writer."""

    def __init__(
        self, database: Database, keyring: Keyring, *, log_interval_s: int = LOG_INTERVAL_S
    ) -> None:
        self.keyring = keyring
        self.polls = PollBook(database, keyring)
        promiser = Promiser(keyring, interval_s=log_interval_s)
        self.writer = BallotWriter(open_store(database), promiser)


async def cast_ballot(
    box: BallotBox, caller: Caller, poll_id: UUID, approved: Sequence[UUID]
) -> Receipt:
    """Record a resident's ballot, in place of an earlier one, and return its receipt when durable.

    Raises `NotYourWardError`, `AssuranceTooLowError`, `UnknownOptionError` or `PollNotOpenError`.
    """
    facts = await box.polls.get(poll_id)
    if caller.wards != {facts.ward_code}:
        raise NotYourWardError("This is the poll of a ward that you do not live in.")
    if caller.level < facts.min_level:
        raise AssuranceTooLowError(
            f"This round needs proof of residence at level {facts.min_level}, not {caller.level}."
        )
    anchor = caller.anchor or box.keyring.anchor("subject", caller.subject)
    slot = box.keyring.slot(facts.round_id, anchor)
    choice = Choice(_mask_of(facts, approved), new_tracker(), facts.bound_to)
    return await box.writer.write(
        Ballot(
            facts.round_id,
            slot,
            poll_id,
            caller.level,
            caller.quarantined,
            facts.public_key,
            choice,
        )
    )


def _mask_of(facts: PollFacts, approved: Sequence[UUID]) -> int:
    mask = 0
    for place, option_id in enumerate(approved):
        bit = facts.bits.get(option_id)
        if bit is None:
            raise UnknownOptionError(
                "This poll has no such option.", pointer=f"/approved_options/{place}"
            )
        mask |= bit
    return mask


@dataclass(frozen=True, slots=True)
class _Opened:
    choices: tuple[str, ...]
    tracker: str


async def close_envelopes(session: WriteSession, poll_id: UUID) -> None:
    """Keep a closing poll's envelopes where they are: none moves to another poll of the round.

    Rows are locked in the order in which casts lock them, so that neither waits crosswise.
    """
    mine = Envelope.poll_id == poll_id
    ordered = select(Envelope.slot).where(mine).order_by(Envelope.round_id, Envelope.slot)
    await session.execute(ordered.with_for_update())
    await session.execute(update(Envelope).where(mine).values(closed=True))


async def open_poll(session: WriteSession, keyring: Keyring, poll: Poll) -> OpenedChoices:
    """Open every envelope of a closed poll, once, and write the choices in shuffled order.

    Those in quarantine stay closed and do not count; that there are any is public.
    Waits for casts in flight; no ballot can arrive after it. Raises `PollNotClosedError` while
    the poll takes ballots, `PollOpenedBeforeError` the second time, and `BallotBoxDamagedError`
    rather than leave out an envelope that does not open.
    """
    await _refuse_unless_ready(session, poll.id)
    if poll.manifest_sha256 is None:
        raise PollNotClosedError("A poll without a manifest has no ballots.")
    options = [str(option_id) for option_id in await _options_of(session, poll.id)]
    envelopes = await _envelopes_of(session, poll.id)
    opener = Opener(keyring.private_key(poll.round_id))
    bound_to = associated_data(poll.id, poll.manifest_sha256)
    counted = [envelope for envelope in envelopes if not envelope.quarantined]
    opened = await asyncio.to_thread(_open_all, opener, counted, bound_to, options)
    secrets.SystemRandom().shuffle(opened)
    rows = [
        {"poll_id": poll.id, "position": place, "choices": list(o.choices), "tracker": o.tracker}
        for place, o in enumerate(opened)
    ]
    if rows:
        await session.execute(insert(OpenedBallot), rows)
    return OpenedChoices(
        choices=[ballot.choices for ballot in opened],
        by_level=dict(sorted(Counter(envelope.level for envelope in counted).items())),
        closing_commitment=closing_commitment(envelope.leaf_hash for envelope in envelopes),
    )


async def _refuse_unless_ready(session: WriteSession, poll_id: UUID) -> None:
    locked = select(Poll.status).where(Poll.id == poll_id).with_for_update()
    status = (await session.execute(locked)).scalar_one_or_none()
    if status is None:
        raise NotFoundError("poll", poll_id)
    if status in STILL_OPEN:
        raise PollNotClosedError(f"A poll that is {status} is not opened.")
    opened = select(OpenedBallot.position).where(OpenedBallot.poll_id == poll_id).limit(1)
    if (await session.execute(opened)).first() is not None:
        raise PollOpenedBeforeError("This poll's ballots were opened already.")


async def _options_of(session: AsyncSession, poll_id: UUID) -> Sequence[UUID]:
    statement = (
        select(PollOption.id).where(PollOption.poll_id == poll_id).order_by(PollOption.position)
    )
    return (await session.execute(statement)).scalars().all()


async def _envelopes_of(session: WriteSession, poll_id: UUID) -> Sequence[Any]:
    statement = (
        select(Envelope.sealed, Envelope.level, Envelope.leaf_hash)
        .add_columns(Envelope.quarantined)
        .where(Envelope.poll_id == poll_id)
    )
    return (await session.execute(statement)).all()


def _open_all(
    opener: Opener, envelopes: Sequence[Any], bound_to: bytes, options: Sequence[str]
) -> list[_Opened]:
    opened: list[_Opened] = []
    for envelope in envelopes:
        try:
            mask, tracker = opener.unseal(envelope.sealed, bound_to)
            opened.append(_Opened(options_of(mask, options), tracker.hex()))
        except (DamagedEnvelopeError, ValueError) as cause:
            raise BallotBoxDamagedError(
                f"An envelope of {len(envelopes)} does not open; nothing was counted."
            ) from cause
    return opened
