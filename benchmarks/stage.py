"""The stage of a benchmark: a database with London and the demonstration, and voters."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url, select, text
from sqlalchemy.orm import selectinload

from app.database import Database
from app.dependencies import LONDON
from app.models.polls import Poll
from app.preparation import migrate, prepare
from app.settings import Settings
from app.tokens import EvaluationIssuer

VOTERS = 40_000


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the benchmarked service finds its data, and the ballots to cast."""

    database_url: str
    key_store: Path
    ballots: Path
    one_poll: Path
    ward: str
    borough: str

    def env(self) -> dict[str, str]:
        """Return the environment that a server on this stage needs."""
        return {"DATABASE_URL": self.database_url, "KEY_STORE": str(self.key_store)}


@contextmanager
def staged(server: str | None) -> Iterator[Stage]:
    """Make a stage on a PostgreSQL server, or on SQLite when none is given, and take it down."""
    with tempfile.TemporaryDirectory(prefix="wp-bench-") as folder:
        root = Path(folder)
        name = f"wp_bench_{os.getpid()}"
        if server is None:
            url = f"sqlite:///{root / 'bench.sqlite3'}"
        else:
            asyncio.run(_admin(server, f"CREATE DATABASE {name}"))
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
        try:
            migrate(url)
            yield asyncio.run(_furnish(url, root))
        finally:
            if server is not None:
                asyncio.run(_admin(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _furnish(url: str, root: Path) -> Stage:
    settings = Settings(database_url=url, key_store=root / "keys")
    now = datetime.now(UTC)
    await prepare(settings, now=now, today=now.astimezone(LONDON).date(), begin=lambda _: None)
    polls = await _open_polls(url)
    issuer = EvaluationIssuer(settings.key_store, settings.oidc_audience)
    spread, hot = root / "ballots", root / "one-poll"
    _write_ballots(spread, issuer, polls)
    _write_ballots(hot, issuer, polls[:1])
    first = polls[0]
    return Stage(url, settings.key_store, spread, hot, first.ward_code, first.borough_code)


async def _open_polls(url: str) -> list[Poll]:
    database = Database(url, pool_size=1)
    async with database.reading() as session:
        statement = select(Poll).where(Poll.status == "open")
        polls = list(await session.scalars(statement.options(selectinload(Poll.options))))
    await database.close()
    if not polls:
        raise RuntimeError("the demonstration has no open poll")
    return polls


def _write_ballots(path: Path, issuer: EvaluationIssuer, polls: list[Poll]) -> None:
    with path.open("w") as file:
        for number in range(VOTERS):
            poll = polls[number % len(polls)]
            claims = {"sub": f"bench-{number}", "role": "resident", "wards": [poll.ward_code]}
            token = issuer.issue(claims | {"level": 2})
            options = " ".join(str(option.id) for option in poll.options[:3])
            file.write(f"{poll.id} {token} {options}\n")


async def _admin(server: str, statement: str) -> None:
    database = Database(server, pool_size=1)
    async with database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text(statement))
    await database.close()
