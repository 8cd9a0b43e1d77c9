"""The link game over the whole service: sign-in by mail, a vote, a change of mind, the close.

The attacker holds the database, its dump, its write-ahead log and its file, and is told for free
which row of any table about persons is whose. Every table in every order it can be put in is laid
beside the opened choices in every order they can be put in; no pairing may do better than chance
(P6). Tables of later versions are found by themselves. 40 residents by default, `LONG_RUN=1` makes
it 2,000. The control leaves out the shuffling and finds everybody.
"""

import json
import os
import random
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from app.models.base import Base
from app.operations import ballots
from tests.factories import A1
from tests.faults.rigs.clusters import find_programs
from tests.polling import leader_of, move, open_poll
from tests.signing_in import signed_in
from tests.support import Api

pytestmark = pytest.mark.anyio

VOTERS = 2_000 if os.environ.get("LONG_RUN") else 40
CHANCE = 9
"""Pairs that a random order gets right: one on average; more than nine once in ten million."""
CONCERNS = (
    *("burglary", "anti-social-behaviour", "drug-dealing", "robbery", "vehicle-crime", "violence"),
    *("hate-crime", "shop-theft", "bicycle-theft", "road-safety", "fraud"),
)
CAST_AGAIN = 3
INSERTED = re.compile(
    r"desc: (?:INSERT|HOT_UPDATE|UPDATE).*?off (\d+)(?:.*?new off (\d+))?.*?blkref #0: .*?blk (\d+)"
)
Choice = frozenset[str]


@dataclass
class Game:
    """What really happened: whose keyed hashes are whose, and what each of them chose."""

    person_of: dict[bytes, int]
    choice_of: list[Choice]
    begun_at: str | None

    def hits(self, persons: list[int], choices: list[Choice]) -> int:
        """Return how many pairs are right when two orders are laid side by side."""
        pairs = zip(persons, choices, strict=False)
        return sum(self.choice_of[person] == choice for person, choice in pairs)


@pytest.fixture
def settings(settings):
    """Two processes' worth of sharing, so that voters' quotas are written down too."""
    return settings.model_copy(update={"quota_processes": 2, "ballots_per_minute": 6})


async def rows(database, statement: str):
    async with database.reading() as session:
        return (await session.execute(text(statement))).all()


@pytest.fixture
async def begun_at(database) -> AsyncIterator[str | None]:
    """Where the write-ahead log is when the game begins; the server keeps it until the end."""
    if database.is_sqlite:
        yield None
        return
    slot = f"link_game_{os.getpid()}"
    kept = f"SELECT pg_create_physical_replication_slot('{slot}', true)"
    async with database.write_connection() as connection:
        await connection.execute(text(kept))
        found = await connection.execute(text("SELECT pg_current_wal_lsn()::text"))
        begun = found.scalar_one()
    yield begun
    async with database.write_connection() as connection:
        await connection.execute(text(f"SELECT pg_drop_replication_slot('{slot}')"))


async def play(api: Api, begun_at: str | None) -> Game:
    """Let residents sign in and vote one after another, each at once and in the same order."""
    app, game = api.app, Game({}, [], begun_at)
    leader = await leader_of(api)
    options = [{"concern": slug, "text": slug} for slug in CONCERNS]
    poll = await open_poll(leader, options=options, times={"min_level": 0})
    masks = random.Random(7).sample(range(1, 2 ** len(CONCERNS)), VOTERS)
    for number, mask in enumerate(masks):
        voter = await signed_in(api, f"voter-{number}@post.example", ward=A1)
        chosen = [o["id"] for place, o in enumerate(poll["options"]) if mask >> place & 1]
        for _ in range(CAST_AGAIN):
            path = f"/v1/polls/{poll['id']}/ballot"
            cast = await voter.put(path, json={"approved_options": chosen})
            assert cast.status_code < 300, cast.text
            game.person_of[bytes.fromhex(cast.json()["leaf_hash"])] = number
        game.choice_of.append(frozenset(chosen))
        if number % 10 == 9:
            await app.state.quotas.share()
    keys = app.state.keyring
    for number in range(VOTERS):
        anchor = keys.anchor("email", f"voter-{number}@post.example")
        game.person_of[anchor] = number
    await move(leader, poll, "closed", "counted")
    return game


def person_in(game: Game, row) -> int | None:
    found = (game.person_of.get(bytes(value)) for value in row if isinstance(value, bytes))
    return next((person for person in found if person is not None), None)


async def choices_in_every_order(database) -> dict[str, list[Choice]]:
    place = "rowid" if database.is_sqlite else "ctid"
    told = {}
    for order in ("position", "tracker", place):
        found = await rows(database, f"SELECT choices FROM opened_ballot ORDER BY {order}")
        told[order] = [choices_of(value) for (value,) in found]
    return told


def choices_of(value) -> Choice:
    return frozenset(json.loads(value) if isinstance(value, str) else value)


async def orders_of(table, database) -> list[str]:
    """Return every order a table can be put in: by its place on the disk, by each column."""
    named = [f'"{c.name}"' for c in table.columns if str(c.type) not in {"JSON", "NULL"}]
    if not database.is_sqlite:
        return [f"{name}, ctid" for name in named] + ["ctid", "xmin::text::bigint, ctid"]
    made = f"SELECT sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE name = '{table.name}'"
    by_key = (await rows(database, made))[0][0]  # kept in the order of its primary key
    return named if by_key else [f"{name}, rowid" for name in named] + ["rowid"]


async def lay_side_by_side(game: Game, database) -> tuple[dict[str, int], set[str]]:
    """Return the best any pairing did, by its tables and orders, and the tables about persons."""
    opened = await choices_in_every_order(database)
    assert all(len(choices) == VOTERS for choices in opened.values())
    best, telling = {}, set()
    for table in Base.metadata.sorted_tables:
        for order in await orders_of(table, database):
            found = await rows(database, f'SELECT * FROM "{table.name}" ORDER BY {order}')
            persons = [p for p in (person_in(game, row) for row in found) if p is not None]
            telling |= {table.name} if len(persons) >= VOTERS else set()
            last = list(dict.fromkeys(reversed(persons)))[::-1]
            for right, choices in opened.items():
                pairs = [game.hits(a, b) for a in (persons, last) for b in (choices, choices[::-1])]
                best[f"{table.name} by {order} beside {right}"] = max(pairs)
    return best, telling


async def test_no_table_in_any_order_pairs_persons_with_choices(api: Api, database, begun_at):
    game = await play(api, begun_at)
    best, telling = await lay_side_by_side(game, database)
    assert {name: hits for name, hits in best.items() if hits > CHANCE} == {}
    assert {"envelope", "resident", "resident_session", "log_leaf"} <= telling
    assert len(await rows(database, "SELECT 1 FROM quota")) >= VOTERS // 2
    if database.is_sqlite:
        await no_place_in_the_file_pairs_them(game, database)
    else:
        await no_transaction_joins_persons_and_choices(database)
        await no_dump_and_no_log_pairs_them(game, database)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_box_opened_without_shuffling_gives_everybody_away(
    api: Api, database, begun_at, monkeypatch
):
    """The control: the same game and attack, with the one line left out that hides the order."""
    monkeypatch.setattr(ballots.secrets.SystemRandom, "shuffle", lambda *_: None)
    game = await play(api, begun_at)
    best, _ = await lay_side_by_side(game, database)
    assert max(best.values()) == VOTERS


async def no_transaction_joins_persons_and_choices(database) -> None:
    """The opening is one transaction; a table shares it with all rows or with none."""
    for table in Base.metadata.sorted_tables:
        joined = (
            f'SELECT count(*), count(DISTINCT t.ctid), (SELECT count(*) FROM "{table.name}") '
            f'FROM "{table.name}" t JOIN opened_ballot o ON t.xmin = o.xmin'
        )
        pairs, shared, held = (await rows(database, joined))[0]
        assert pairs == shared * VOTERS, table.name
        assert shared in {0, 1, VOTERS} or shared == held, (table.name, shared, held)


async def no_dump_and_no_log_pairs_them(game: Game, database) -> None:
    dumped = said_by(
        *(find_programs() / "pg_dump", "--data-only", "-t", "envelope", "-t", "opened_ballot"),
        *("-d", database.url.set(drivername="postgresql").render_as_string(hide_password=False)),
    )
    slots = [bytes.fromhex(h) for h in re.findall(r"\\x([0-9a-f]{64})\t?", dumped)]
    persons = [game.person_of[slot] for slot in slots if slot in game.person_of]
    choices = [choices_of(found) for found in re.findall(r"\t(\[\".*?\"\])\t", dumped)]
    assert len(set(persons)) == len(choices) == VOTERS
    assert game.hits(persons, choices) <= CHANCE
    kept = await in_log_order(game, database, "envelope", "leaf_hash")
    opened = await in_log_order(game, database, "opened_ballot", "choices")
    persons = [game.person_of[bytes(leaf)] for leaf in kept]
    choices = [choices_of(choice) for choice in opened]
    assert len(set(persons)) == len(choices) == VOTERS
    assert game.hits(persons, choices) <= CHANCE
    assert game.hits(persons, choices[::-1]) <= CHANCE


async def in_log_order(game: Game, database, table: str, column: str) -> list:
    """Return a column's values in the order in which the write-ahead log has their rows last."""
    where = (
        "SELECT current_setting('data_directory'), pg_current_wal_flush_lsn()::text,"
        f" (SELECT dattablespace || '/' || oid FROM pg_database WHERE datname = current_database())"
        f" || '/' || pg_relation_filenode('{table}')"
    )
    folder, until, relation = (await rows(database, where))[0]
    logged = said_by(
        *(find_programs() / "pg_waldump", "-p", Path(folder) / "pg_wal"),
        *("-s", game.begun_at, "-e", until, "-R", relation),
    )
    found = await rows(database, f"SELECT ctid::text, {column} FROM {table}")
    at_place = {tuple(map(int, ctid.strip("()").split(","))): value for ctid, value in found}
    last: dict[tuple[int, int], None] = {}
    for offset, new_offset, block in INSERTED.findall(logged):
        place = (int(block), int(new_offset or offset))
        last.pop(place, None)
        last[place] = None
    return [at_place[place] for place in last if place in at_place]


def said_by(*arguments: object) -> str:
    """Return what a program says."""
    done = subprocess.run(list(map(str, arguments)), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bytes_of(database) -> bytes:
    """Return the file and its journal as they lie on the disk."""
    parts = (Path(f"{database.url.database}{end}") for end in ("", "-wal"))
    return b"".join(part.read_bytes() for part in parts if part.exists())


async def no_place_in_the_file_pairs_them(game: Game, database) -> None:
    """Look for leaves and trackers in the bytes of the file and its journal."""
    held = bytes_of(database)
    found = await rows(database, "SELECT tracker, choices FROM opened_ballot")
    by_place = sorted((held.find(tracker.encode()), tracker, kept) for tracker, kept in found)
    choices = [choices_of(kept) for _, _, kept in by_place]
    leaves = [bytes(leaf) for (leaf,) in await rows(database, "SELECT leaf_hash FROM envelope")]
    persons = [game.person_of[leaf] for leaf in sorted(leaves, key=held.rfind)]
    assert all(leaf in held for leaf in leaves)
    assert game.hits(persons, choices) <= CHANCE
