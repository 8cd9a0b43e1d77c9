"""Quotas as one process applies them, and as all processes of one database share them.

Reads and ballots are metered in the process; what was given of a busy key is added to one row that
all processes share, a few times a second and in one statement. Sign-in mails are counted in the
database itself. Rows hold keyed hashes only (the key is in the key store, and a day old at most).
"""

import hmac
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, case, cast, delete, extract, func, literal, select
from sqlalchemy.exc import SQLAlchemyError

from app.database import Database, WriteSession, insert_for, on_postgresql
from app.domain.identity import Caller, Role
from app.domain.quotas import GENEROUS, STRICT, Addresses, Meter, Policies, Policy, Standing
from app.errors import BusyError, QuotaExceededError
from app.models.quotas import Quota
from app.outages import FAULTS
from app.secret_files import read_or_create_secret
from app.settings import Settings

logger = logging.getLogger(__name__)

SHARE_REST_S, FORGET_REST_S = 0.2, 60.0
HASH_BYTES = 16
REMEMBERED_CALLERS = 20_000
CALLER_KNOWN_S = 60.0
DAY_S = 86_400
BATCH = 500


class Quotas:
    """The quotas of one process."""

    def __init__(
        self, database: Database, key_store: Path, policies: Policies, *, processes: int = 1
    ) -> None:
        self.policies = policies
        self.clock = time.monotonic
        self._database = database
        self._key_store = key_store
        self._secret: bytes | None = None
        self._shares = processes > 1
        self._agreed = True
        self._anonymous = Meter(policies.anonymous, processes=processes)
        self._signed_in = Meter(policies.signed_in, processes=processes)
        self._partner = Meter(policies.partner, processes=processes)
        self._ballots = Meter(policies.ballots, processes=processes, most_keys=1_000_000)
        unproven = replace(policies.anonymous, name="unproven")
        self._unproven = Meter(unproven, processes=processes)
        self._meters = (
            self._anonymous,
            self._signed_in,
            self._partner,
            self._ballots,
            self._unproven,
        )
        self._callers: dict[bytes, tuple[Meter, str, float]] = {}
        self._addresses = Addresses()

    def charge(self, host: str, authorization: bytes | None) -> Standing:
        """Charge a request to the caller its credential stands for, or else to its address.

        Only credentials that were accepted within the last minute stand for anybody, so that made
        up ones buy nothing.
        """
        now = self.clock()
        if authorization is not None:
            known = self._find_known(authorization, now)
            if known is not None:
                return known[0].take(known[1], now)
        return self._anonymous.take(self.network_of(host), now)

    def network_of(self, host: str) -> str:
        """Return what counts as one client: an IPv4 address, or an IPv6 network of 64 bits."""
        return self._addresses.network_of(host)

    def _find_known(self, authorization: bytes, now: float) -> tuple[Meter, str, float] | None:
        known = self._callers.get(_fingerprint(authorization))
        return known if known is not None and known[2] > now else None

    def know(self, authorization: bytes, caller: Caller) -> None:
        """Note that a credential was accepted, and whose it is."""
        if len(self._callers) >= REMEMBERED_CALLERS:
            self._callers.clear()
        meter = self._partner if caller.role is Role.PARTNER else self._signed_in
        until = self.clock() + CALLER_KNOWN_S
        self._callers[_fingerprint(authorization)] = (meter, caller.subject, until)

    def charge_ballot(self, subject: str) -> Standing:
        """Charge a ballot to the person who casts it."""
        return self._ballots.take(subject, self.clock())

    def charge_unproven(self, host: str) -> Standing:
        """Charge an address for a ballot that was refused before it was anybody's."""
        return self._unproven.owe(self._addresses.network_of(host), self.clock())

    def find_refusal(self, host: str, authorization: bytes) -> Standing | None:
        """Return why a ballot is not looked at: too many from its address were nobody's.

        A credential that was accepted within the last minute passes all the same.
        """
        now = self.clock()
        refusal = self._unproven.find_refusal(self._addresses.network_of(host), now)
        if refusal is None or self._find_known(authorization, now) is not None:
            return None
        return refusal

    async def take(
        self, session: WriteSession | Database, policy: Policy, key: str, now: datetime
    ) -> None:
        """Take one unit of a quota counted in the database, exactly.

        Raises `QuotaExceededError`, or `BusyError` where the database does not answer: without a
        count nothing is given.
        """
        opened = session.writing() if isinstance(session, Database) else nullcontext(session)
        async with _answering(opened) as writing:
            if not await self._take(writing, policy, key, now):
                kept = select(Quota.full_at_ms).where(Quota.key_hash == self._hash(policy, key))
                full_at = (await writing.execute(kept)).scalar_one()
                latest = _latest(policy, _moment_of(policy, now))
                raise QuotaExceededError(policy.name, -(-(full_at - latest) // 1000))

    async def find_room(
        self, session: WriteSession, policy: Policy, key: str, now: datetime
    ) -> bool:
        """Take one unit likewise, if there is one, in the same statements; whether there was."""
        async with _answering(nullcontext(session)) as writing:
            return await self._take(writing, policy, key, now)

    async def _take(self, session: WriteSession, policy: Policy, key: str, now: datetime) -> bool:
        moment, interval = _moment_of(policy, now), round(policy.interval_s * 1000)
        hashed = self._hash(policy, key)
        row = insert_for(session, Quota).values(key_hash=hashed, full_at_ms=moment + interval)
        start = case((Quota.full_at_ms > moment, Quota.full_at_ms), else_=moment)
        given = row.on_conflict_do_update(
            index_elements=[Quota.key_hash],
            set_={"full_at_ms": start + interval},
            where=Quota.full_at_ms <= _latest(policy, moment),
        ).returning(Quota.full_at_ms)
        return (await session.execute(given)).first() is not None

    def _hash(self, policy: Policy, key: str) -> bytes:
        """Return what stands for a key in the database, today."""
        if self._secret is None:
            self._secret = read_or_create_secret(self._key_store / "quotas")
        text = f"{policy.name}|{int(time.time()) // DAY_S}|{key}".encode()
        return hmac.digest(self._secret, text, "sha256")[:HASH_BYTES]

    async def share(self) -> None:
        """Tell other processes what this one gave of busy keys, and learn what they gave.

        Where that fails, reads go on by what this process knows, and ballots within its fair share
        of the quota: together the processes then still give no more than the whole.
        """
        if not self._shares:
            return
        for meter in self._meters:
            if not meter.busy:
                continue
            told = meter.report(self.clock())
            try:
                ahead = await self._exchange(meter.policy, told)
            except (SQLAlchemyError, BusyError, *FAULTS) as away:
                meter.take_back(told)
                self._note_agreement(away)
                return
            meter.learn(told, ahead, self.clock())
            self._note_agreement(None)

    def _note_agreement(self, away: Exception | None) -> None:
        """Note whether processes agree; say once that they do not."""
        if self._agreed and away is not None:
            logger.warning("quotas not shared", extra={"cause": type(away).__name__})
        self._agreed = away is None
        self._ballots.rely_on_shares(agreed=self._agreed)

    async def _exchange(self, policy: Policy, told: dict[str, int]) -> dict[str, float]:
        """Add units to the shared rows; return for each key how far its quota is ahead of now."""
        keys = {self._hash(policy, key): key for key in told}
        units = {hashed: told[key] for hashed, key in keys.items()}
        ordered = sorted(keys)
        found: dict[str, float] = {}
        for start in range(0, len(ordered), BATCH):
            some = ordered[start : start + BATCH]
            async with self._database.writing() as session:
                rows = await _add(session, policy, {hashed: units[hashed] for hashed in some})
            found |= {keys[hashed]: ahead for hashed, ahead in rows}
        return found

    async def forget(self) -> None:
        """Delete the rows whose quota is all back."""
        moment = int(time.time() * 1000)
        old = Quota.full_at_ms < moment - 1000 * FORGET_REST_S
        async with self._database.reading() as session:
            if (await session.execute(select(Quota.key_hash).where(old).limit(1))).first() is None:
                return
        async with self._database.writing() as writing:
            await writing.execute(delete(Quota).where(old))


def open_quotas(settings: Settings, database: Database) -> Quotas:
    """Return the quotas these settings ask for: of production, or generous to try the service."""
    usual = GENEROUS if settings.evaluation else STRICT
    policies = Policies(
        anonymous=_per_second("anonymous", settings.reads_per_second, 3, usual.anonymous),
        signed_in=_per_second("signed-in", settings.keyed_per_second, 1, usual.signed_in),
        partner=_per_second("partner", settings.keyed_per_second, 1, usual.partner),
        ballots=_given("ballots", settings.ballots_per_minute, 60, usual.ballots),
        mails_to_address=Policy("mails-to-address", settings.mails_per_hour, 3600),
        mails_from_network=_given(
            "mails-from-network",
            settings.mails_per_hour_and_network,
            3600,
            usual.mails_from_network,
        ),
    )
    processes = settings.quota_processes or settings.workers
    return Quotas(database, settings.key_store, policies, processes=processes)


@asynccontextmanager
async def _answering(
    opened: AbstractAsyncContextManager[WriteSession],
) -> AsyncGenerator[WriteSession]:
    """Yield a session; raise `BusyError` where the database does not answer."""
    try:
        async with opened as writing:
            yield writing
    except (SQLAlchemyError, *FAULTS) as away:
        raise BusyError("The database is not answering; try again shortly.") from away


def _moment_of(policy: Policy, now: datetime) -> int:
    return int(now.timestamp() * 1000) // policy.grain_ms * policy.grain_ms


def _latest(policy: Policy, moment: int) -> int:
    """Return until when a key's quota may be used up for one more unit to be given."""
    return moment + round((policy.window_s - policy.interval_s) * 1000)


def _per_second(name: str, rate: int | None, window_s: int, usual: Policy) -> Policy:
    return _given(name, rate and rate * window_s, window_s, usual)


def _given(name: str, quota: int | None, window_s: int, usual: Policy) -> Policy:
    return usual if quota is None else Policy(name, quota, window_s)


async def _add(
    session: WriteSession, policy: Policy, units: dict[bytes, int]
) -> Sequence[tuple[bytes, float]]:
    """Add units to rows in key order, by the database's one clock."""
    grain, interval = policy.grain_ms, policy.interval_s * 1000
    moment = _moment(session, grain)
    row = insert_for(session, Quota).values(
        [
            {"key_hash": hashed, "full_at_ms": moment + round(interval * units[hashed])}
            for hashed in sorted(units)
        ]
    )
    start = case((Quota.full_at_ms > moment, Quota.full_at_ms), else_=moment)
    added = row.on_conflict_do_update(
        index_elements=[Quota.key_hash],
        set_={"full_at_ms": start + row.excluded.full_at_ms - moment},
    ).returning(Quota.key_hash, Quota.full_at_ms - moment)
    found = (await session.execute(added)).all()
    return [(bytes(hashed), ahead / 1000) for hashed, ahead in found]


def _moment(session: WriteSession, grain: int) -> Any:
    """Return the transaction's instant in milliseconds; SQLite's processes share one clock."""
    if not on_postgresql(session):
        return literal(int(time.time() * 1000) // grain * grain)
    whole = cast(extract("epoch", func.now()) * (1000 // grain), BigInteger)
    return whole * grain


def _fingerprint(authorization: bytes) -> bytes:
    return blake2b(authorization, digest_size=16).digest()
