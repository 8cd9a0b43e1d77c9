"""A superuser edits the audit chain, with every trigger off: each edit is found (P8).

500 edits of ten kinds on PostgreSQL, 100 on SQLite. What only a head signed before can show is
listed; a check without links, or without heads, lets some of them pass.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.dependencies import unit_of_work
from app.domain import audit as rules
from app.domain.audit import ChainCheck, Head
from app.domain.identity import Caller, Role
from app.keyring import Keyring
from app.models.audit import AuditEntry, AuditHead
from app.operations import audit, audit_heads
from app.operations.audit import GENESIS, entry_hash, record
from app.operations.audit_verification import Verdict, verify_chain

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SAM = Caller("sam", Role.ADMIN)
ENTRIES, LATER, WITHOUT_BLIND = 30, 5, 10
TABLE = AuditEntry.__table__
ONLY_BY_HEADS = {
    "cut the tail",
    "rewrite from here on",
    "swap and chain anew",
    "cut tail and heads",
}
CHANGES: dict[str, Any] = {
    "at": lambda at: at + timedelta(microseconds=1),
    "actor": lambda actor: f"{actor}x",
    "role": lambda _: "pcso",
    "action": lambda action: action.swapcase(),
    "subject_kind": lambda kind: f"{kind} ",
    "subject_id": lambda identifier: f"{identifier}0",
    "borough_code": lambda _: None,
    "ward_code": lambda code: f"{code[:-1]}9",
    "reason": lambda reason: None if reason else "a reason",
    "detail": lambda detail: {**detail, "after": "something else"},
    "blind": lambda blind: None if blind else "0" * 32,
    "previous_hash": lambda digest: digest[::-1],
    "entry_hash": lambda digest: digest[::-1],
    "position": lambda position: position + 1000,
}


@dataclass
class Chain:
    """A chain of entries with two signed heads, one of them kept outside the database too."""

    database: Database
    keyring: Keyring
    kept: list[dict[str, Any]]

    async def verify(self, session: Any) -> Verdict:
        return await verify_chain(session, self.keyring.log_signer.has_signed, self.kept)


async def write(database: Database, number: int) -> None:
    for place in range(number):
        async with unit_of_work(database) as session:
            where = {"borough_code": "E09000023", "ward_code": f"E0501371{place % 9}"}
            detail = {"before": {"share": 0.1 * place, "whole": 1e16}, "after": ["a", place]}
            record(
                session,
                SAM,
                f"act_{number}_{place}",
                ("thing", place),
                now=NOW,
                detail=detail,
                **where,
            )


@pytest.fixture
async def chain(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    with monkeypatch.context() as before:
        before.setattr(audit, "new_blind", lambda: None)
        await write(database, WITHOUT_BLIND)
    keyring = Keyring(tmp_path / "keys")
    kept = tmp_path / "heads"
    for day, number in ((1, ENTRIES - WITHOUT_BLIND), (2, LATER)):
        await write(database, number)
        async with database.writing() as session:
            now = NOW.replace(day=day)
            await audit_heads.sign_head(session, keyring.log_signer, now=now)
    async with database.reading() as session:
        audit_heads.append_heads(kept, list(await session.scalars(select(AuditHead))))
    return Chain(database, keyring, audit_heads.read_heads(kept))


async def disarm(session: AsyncSession, database: Database) -> None:
    """Take away every trigger and constraint that would stop a superuser, as one could."""
    if not database.is_sqlite:
        for table in ("audit_entry", "audit_head"):
            await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for key in ("pk_audit_entry", "uq_audit_entry_entry_hash"):
            await session.execute(text(f"ALTER TABLE audit_entry DROP CONSTRAINT {key}"))
        return
    for table in ("audit_entry", "audit_head"):
        for act in ("update", "delete"):
            await session.execute(text(f"DROP TRIGGER append_only_{table}_{act}"))


@asynccontextmanager
async def tampering(chain: Chain) -> AsyncIterator[AsyncSession]:
    """A transaction of a superuser, undone at the end."""
    async with chain.database.engine.execution_options(access="write").connect() as connection:
        begun = await connection.begin()
        session = AsyncSession(connection, join_transaction_mode="create_savepoint")
        await disarm(session, chain.database)
        yield session
        await session.close()
        await begun.rollback()


async def rows_of(session: AsyncSession) -> list[dict[str, Any]]:
    found = (await session.execute(select(TABLE).order_by(TABLE.c.position))).mappings()
    return [dict(row) for row in found]


async def store(session: AsyncSession, rows: list[dict[str, Any]], *, chained: bool) -> None:
    """Put these rows in place of all, with every hash made to fit where that is wanted."""
    await session.execute(delete(TABLE))
    previous = GENESIS
    for place, row in enumerate(rows, 1):
        if chained:
            row |= {"position": place, "previous_hash": previous}
            row["entry_hash"] = previous = entry_hash(AuditEntry(**row))
        await session.execute(insert(TABLE).values(**row))


async def tamper(session: AsyncSession, kind: str, dice: random.Random) -> None:
    """Make one edit of a kind at a place that the dice choose, within what the heads cover."""
    rows = await rows_of(session)
    place = dice.randrange(len(rows) - 1)
    chosen = rows[place]
    here = TABLE.c.position == chosen["position"]
    if kind == "change a column":
        column = dice.choice(sorted(CHANGES))
        await session.execute(
            update(TABLE).where(here).values({column: CHANGES[column](chosen[column])})
        )
    elif kind == "delete one":
        await session.execute(delete(TABLE).where(here))
    elif kind == "swap two contents":
        other = rows[(place + 1 + dice.randrange(len(rows) - 1)) % len(rows)]
        chosen["action"], other["action"] = other["action"], chosen["action"]
        await store(session, rows, chained=False)
    elif kind == "change and hash anew":
        chosen["actor"] = "somebody else"
        chosen["entry_hash"] = entry_hash(AuditEntry(**chosen))
        await store(session, rows, chained=False)
    else:
        await tamper_more(session, kind, rows, place)


async def tamper_more(
    session: AsyncSession, kind: str, rows: list[dict[str, Any]], place: int
) -> None:
    if kind == "put one in":
        await session.execute(delete(TABLE).where(TABLE.c.position == rows[-1]["position"]))
        forged = {**rows[place], "entry_hash": "0" * 64, "position": rows[-1]["position"]}
        await session.execute(insert(TABLE).values(**forged))
    elif kind == "swap two positions":
        first, second = rows[place], rows[place + 1]
        first["position"], second["position"] = second["position"], first["position"]
        await store(session, rows, chained=False)
    elif kind == "swap and chain anew":
        rows[place], rows[place + 1] = rows[place + 1], rows[place]
        await store(session, rows, chained=True)
    elif kind == "rewrite from here on":
        rows[place]["reason"] = "rewritten"
        await store(session, rows, chained=True)
    else:
        await session.execute(delete(TABLE).where(TABLE.c.position > place))
        if kind == "cut tail and heads":
            await session.execute(delete(AuditHead).where(AuditHead.position > place))


KINDS = (
    "change a column",
    "delete one",
    "swap two contents",
    "change and hash anew",
    "put one in",
    "swap two positions",
    *sorted(ONLY_BY_HEADS),
)


async def undetected(chain: Chain, edits: int) -> Counter[str]:
    """Return how many edits of each kind the verification did not see."""
    passed: Counter[str] = Counter()
    for number in range(edits):
        kind = KINDS[number % len(KINDS)]
        async with tampering(chain) as session:
            await tamper(session, kind, random.Random(number))
            verdict = await chain.verify(session)
            passed[kind] += not verdict.damage
    return +passed


async def test_finds_every_one_of_500_edits(chain: Chain) -> None:
    assert await undetected(chain, 100 if chain.database.is_sqlite else 500) == Counter()


async def test_finds_nothing_where_nothing_was_changed(chain: Chain) -> None:
    async with tampering(chain) as session:
        verdict = await chain.verify(session)
        assert verdict == Verdict(ENTRIES + LATER, ENTRIES + LATER, 4, ())
        assert len(await rows_of(session)) == ENTRIES + LATER


async def test_control_without_links_some_edits_pass(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(self: ChainCheck, link: rules.Link) -> None:
        if link.entry_hash != link.computed_hash:
            self.damage.append("changed")
        self.position = link.position

    def judge(self: ChainCheck, heads: list[Head]) -> int:
        return 0

    monkeypatch.setattr(ChainCheck, "follow", follow)
    monkeypatch.setattr(ChainCheck, "judge", judge)
    passed = await undetected(chain, 40)
    assert {"delete one", "change and hash anew"} <= passed.keys()


async def test_control_without_heads_cut_and_rewritten_chains_pass(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.kept = []
    monkeypatch.setattr(ChainCheck, "judge", lambda *_: 0)
    assert set(await undetected(chain, 40)) == ONLY_BY_HEADS


async def test_heads_kept_outside_show_what_was_cut_together_with_the_heads(chain: Chain) -> None:
    kept, chain.kept = chain.kept, []
    async with tampering(chain) as session:
        await tamper(session, "cut tail and heads", random.Random(1))
        assert (await chain.verify(session)).damage == ()
        chain.kept = kept
        told = " ".join((await chain.verify(session)).damage)
        assert "entries were removed from its end" in told
        assert "in the file, not in the database" in told


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"position": ENTRIES - 1}, "was not signed"),
        ({"note": "nothing"}, "was not signed"),
        ({"entry_hash": "1" * 64}, "was not signed"),
        ({"signed_on": "2026-10-01"}, "was not signed"),
    ],
)
async def test_finds_a_forged_head(chain: Chain, change: dict[str, Any], sentence: str) -> None:
    chain.kept[0] |= change
    async with chain.database.reading() as session:
        assert sentence in " ".join((await chain.verify(session)).damage)


async def test_finds_a_head_signed_with_another_key(chain: Chain, tmp_path: Path) -> None:
    chain.keyring = Keyring(tmp_path / "other")
    async with chain.database.reading() as session:
        assert len((await chain.verify(session)).damage) == 4


async def test_says_what_no_head_covers_yet(chain: Chain) -> None:
    await write(chain.database, 2)
    async with chain.database.reading() as session:
        verdict = await chain.verify(session)
        total = await session.scalar(select(func.count()).select_from(TABLE))
    assert (verdict.entries, verdict.covered, verdict.damage) == (total, total - 2, ())
