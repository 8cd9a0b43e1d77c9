"""The one way ballots reach the database: many requests gathered into few durable commits.

While a batch is on its way the next one gathers, so an idle service writes each ballot by itself
and a busy one hundreds at once. Where the database is a server beside this process, it writes one
half of a crowd while the other half gathers and is sealed. A batch waits a moment for its share:
those who were answered together come back together, and each batch costs a signature and a commit.
Batches are committed one after another, in the order in which their ballots came. Nobody is
answered before the commit that holds their ballot.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from app.domain.ballots import Receipt, Record
from app.errors import BallotNotRecordedError, BusyError, KeysMissingError, PollNotOpenError
from app.operations.ballot_store import BallotStore, Key, SealedBallot, StoreUnavailableError
from app.operations.log_promises import Promiser
from app.sealing import AGREED_S, Choice, Sealer

logger = logging.getLogger(__name__)

BATCH_LIMIT = 512
QUEUE_LIMIT = 5_000
PATIENCE_S = 5.0
"""How long a ballot waits for its turn. Once it is handed to the store, that alone answers it, when
it is done with it: nobody is told to vote again while their ballot may still land."""
LINGER_S = 0.01
DRAIN_S = 20.0
FORGOTTEN_S = 1.5 * AGREED_S
"""After what time what a batch was sealed with is surely over, whatever the loop's clock says."""
CROWD = 16
"""How many ballots at once are worth a commit for each half."""
NOT_TAKEN = "Your ballot was not taken: this poll, or the one you voted in before, is closed."
AWAY = "The database is not answering; send your ballot again shortly."


class Ballot(NamedTuple):
    """One ballot on its way to being sealed: its place, and a choice never written in clear."""

    round_id: UUID
    slot: bytes
    poll_id: UUID
    level: int
    quarantined: bool
    public_key: bytes
    choice: Choice


class _Waiting(NamedTuple):
    ballot: Ballot
    answer: "asyncio.Future[Receipt]"


_Sealed = tuple[_Waiting, SealedBallot]


class BallotWriter:
    """Writes one process's ballots, in batches in which every place occurs once.

    A second ballot for a place waits for the next batch, so that the last one sent counts and each
    has its own sequence number.
    """

    def __init__(
        self,
        store: BallotStore,
        promiser: Promiser,
        *,
        batch_limit: int = BATCH_LIMIT,
        queue_limit: int = QUEUE_LIMIT,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store, self._promiser, self.sealer = store, promiser, Sealer()
        self._batch_limit, self._queue_limit = batch_limit, queue_limit
        self._patience_s = patience_s
        self._lines: dict[Key, deque[_Waiting]] = {}
        self._length = 0
        self._patience: deque[tuple[float, asyncio.Future[Receipt]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._handed: set[asyncio.Future[Receipt]] = set()
        self._turn = asyncio.Lock()
        self._share = 1
        self._gathered: asyncio.Event | None = None
        self._stopped = False

    async def write(self, ballot: Ballot) -> Receipt:
        """Return the ballot's receipt once it is committed.

        Raises `PollNotOpenError`, or `BusyError` when the queue is full, the wait too long, or
        nobody can say whether the ballot was committed; sending it again is always safe.
        """
        if self._stopped or self._length >= self._queue_limit:
            raise BusyError("Too many ballots are arriving; send yours again shortly.")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(ballot, loop.create_future())
        self._lines.setdefault((ballot.round_id, ballot.slot), deque()).append(waiting)
        self._length += 1
        if self._gathered is not None and self._length >= self._share:
            self._gathered.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        self._patience.append((loop.time() + self._patience_s, waiting.answer))
        if len(self._patience) == 1:
            loop.call_later(self._patience_s, self._lose_patience)
        return await waiting.answer

    async def stop(self) -> None:
        """Take no more ballots, write those that wait, and give the connection back, once."""
        if self._stopped:
            return
        self._stopped = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                if self._writing is not None:
                    await asyncio.wait({self._writing})
                if self._under_way:
                    await asyncio.wait(self._under_way)
        await self._store.close()

    def _lose_patience(self) -> None:
        """Answer those who waited too long for the store; all wait equally long, by one timer."""
        loop = asyncio.get_running_loop()
        while self._patience:
            until, answer = self._patience[0]
            if not answer.done() and until > loop.time():
                loop.call_at(until, self._lose_patience)
                return
            self._patience.popleft()
            if not answer.done() and answer not in self._handed:
                answer.set_exception(BusyError("Your ballot had to wait too long; send it again."))

    async def _write_all(self) -> None:
        try:
            while self._lines:
                if len(self._under_way) == self._store.ahead:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                await self._gather()
                if batch := self._next_batch():
                    task = asyncio.create_task(self._write_batch(batch))
                    self._under_way[task] = len(batch)
                    task.add_done_callback(self._under_way.pop)
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """Wait until as many ballots are here as the last batch's share, or for a moment."""
        if self._stopped or self._length >= self._share:
            return
        self._gathered = asyncio.Event()
        moment = asyncio.get_running_loop().call_later(LINGER_S, self._gathered.set)
        await self._gathered.wait()
        moment.cancel()
        self._gathered = None

    def _next_batch(self) -> list[_Waiting]:
        """Take the first ballot of each line, oldest lines first; those given up on are dropped."""
        here = self._length + sum(self._under_way.values())
        self._share = min(here if here < CROWD else here // self._store.ahead, self._batch_limit)
        batch: list[_Waiting] = []
        while self._lines and not batch:
            for place in list(islice(self._lines, self._share)):
                line = self._lines.pop(place)
                self._length -= 1
                first = line.popleft()
                if line:
                    self._lines[place] = line
                if not first.answer.done():
                    batch.append(first)
        return batch

    async def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            await self._write_sealed(batch)
        finally:
            for waiting in batch:
                _fail(waiting, BusyError(AWAY))

    async def _write_sealed(self, batch: Sequence[_Waiting]) -> None:
        try:
            self._promiser.signer()
        except KeysMissingError as missing:
            for waiting in batch:
                _fail(waiting, missing)
            return
        sealed = self._seal(batch)
        async with self._turn:
            sealed = [(waiting, ballot) for waiting, ballot in sealed if not waiting.answer.done()]
            self._handed = {waiting.answer for waiting, _ in sealed}
            records = await self._commit(sealed) if sealed else {}
        await asyncio.sleep(0)  # the next batch is on its way before this one's receipts are made
        self._answer(sealed, records)

    def _seal(self, batch: Sequence[_Waiting]) -> list[_Sealed]:
        """Seal a batch round by round, each to its own key, which is soon forgotten."""
        asyncio.get_running_loop().call_later(FORGOTTEN_S, self.sealer.forget)
        by_key: dict[bytes, list[_Waiting]] = {}
        for waiting in batch:
            by_key.setdefault(waiting.ballot.public_key, []).append(waiting)
        done: list[_Sealed] = []
        for public_key, group in by_key.items():
            try:
                envelopes = self.sealer.seal(public_key, [w.ballot.choice for w in group])
            except ValueError:
                for waiting in group:
                    _fail(waiting, BallotNotRecordedError("The round's public key is not usable."))
                continue
            done.extend(
                (w, SealedBallot(b.round_id, b.slot, b.poll_id, b.level, b.quarantined, envelope))
                for w, envelope in zip(group, envelopes, strict=True)
                for b in (w.ballot,)
            )
        return done

    async def _commit(self, sealed: Sequence[_Sealed]) -> dict[Key, Record]:
        """Return what became of the ballots that are committed; tell those whose fate is open."""
        try:
            return await self._store.write([ballot for _, ballot in sealed])
        except StoreUnavailableError as away:
            _note("ballots not acknowledged", away.__cause__)
            for waiting, _ in sealed:
                _fail(waiting, BusyError(AWAY))
        except Exception as refused:  # noqa: BLE001 - the writer outlives whatever one batch meets
            _note("a batch of ballots was refused", refused)
            return await self._write_each(sealed)
        return {}

    async def _write_each(self, sealed: Sequence[_Sealed]) -> dict[Key, Record]:
        """Write one by one what was refused together, so that one bad ballot fails alone.

        When the store cannot say what became of one, the rest are not tried.
        """
        records: dict[Key, Record] = {}
        for place, (waiting, ballot) in enumerate(sealed):
            try:
                records |= await self._store.write([ballot])
            except StoreUnavailableError:
                for untold, _ in sealed[place:]:
                    _fail(untold, BusyError(AWAY))
                break
            except Exception:  # noqa: BLE001 - as above
                _fail(waiting, BallotNotRecordedError("The database refused this ballot."))
        return records

    def _answer(self, sealed: Sequence[_Sealed], records: Mapping[Key, Record]) -> None:
        """Give those whose ballots are committed their receipts, and tell the others."""
        promises = self._promiser.promise([record.leaf_hash for record in records.values()])
        for waiting, ballot in sealed:
            record = records.get(ballot.key)
            if waiting.answer.done():
                continue
            if record is None:
                _fail(waiting, PollNotOpenError(NOT_TAKEN))
            else:
                promise = promises[record.leaf_hash]
                receipt = Receipt(ballot.round_id, ballot.poll_id, *record, promise)
                waiting.answer.set_result(receipt)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)


def _note(what: str, cause: BaseException | None) -> None:
    """Log a fault by its kind only: its text may quote what was to be written."""
    logger.error(what, extra={"cause": type(cause).__name__})
