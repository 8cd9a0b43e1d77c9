"""Runs write what changed, once, and nothing they wrote is ever changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.commitments import Key, Scope, Status
from app.domain.identity import Caller, Role
from app.errors import BusyError, InvalidRequestError
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.models.teams import Officer, Posting
from app.operations import commitment_runs
from app.operations.commitment_rows import list_standings
from app.operations.commitment_runs import run_checks
from app.progress import StoppedError
from tests.factories import A1, ALDER

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 29)
NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
CALLER = Caller("night", Role.ADMIN)
TEAM = Key("C03", "ward_team", Scope.WARD, A1)


async def run(database: Database, today: date = TODAY) -> CommitmentRun:
    now = NOW + (today - TODAY)
    return await run_checks(database, lambda: unit_of_work(database), CALLER, today=today, now=now)


async def hire(database: Database, starts_on: date, ends_on: date | None = None) -> None:
    facts = {"created_at": NOW, "updated_at": NOW}
    async with unit_of_work(database) as session:
        officer = Officer(display_name="Sam Example", rank="PC", fictional=True, **facts)
        session.add(officer)
        await session.flush()
        posting = {"officer_id": officer.id, "role": "pcso", "ward_code": A1, "fte": 1, **facts}
        session.add(Posting(borough_code=ALDER, starts_on=starts_on, ends_on=ends_on, **posting))


async def rows_of(database: Database, key: Key) -> list[CommitmentCheck]:
    statement = (
        select(CommitmentCheck)
        .where(
            CommitmentCheck.commitment == key.commitment,
            CommitmentCheck.reading == key.reading,
            CommitmentCheck.scope == key.scope,
            CommitmentCheck.area_code == key.area,
        )
        .order_by(CommitmentCheck.position)
    )
    async with database.reading() as session:
        return list(await session.scalars(statement))


async def test_writes_every_line_first_and_then_only_what_changed(database: Database) -> None:
    first = await run(database)
    assert first.number == 1
    assert first.lines == first.changed > 100
    second = await run(database, TODAY + timedelta(days=1))
    assert (second.number, second.lines, second.changed) == (2, first.lines, 0)
    await hire(database, date(2024, 3, 1))
    third = await run(database, TODAY + timedelta(days=2))
    assert 0 < third.changed < first.lines
    (before, after) = await rows_of(database, TEAM)
    assert (before.status, before.previous_status) == ("not_measurable", None)
    assert (after.status, after.previous_status) == ("met", "not_measurable")
    assert (after.since, after.since_kind) == (date(2024, 3, 1), "dated")
    assert after.as_of == TODAY + timedelta(days=2)


async def test_tells_each_day_as_it_was_found_then(database: Database) -> None:
    left = TODAY - timedelta(days=1)
    await hire(database, date(2024, 3, 1), left)
    await run(database, TODAY - timedelta(days=5))
    await run(database, TODAY)

    async def found(as_of: date) -> tuple[Status, date] | None:
        async with database.reading() as session:
            standing = (await list_standings(session, as_of=as_of, areas=[A1])).get(TEAM)
        return None if standing is None else (standing.status, standing.since)

    assert await found(TODAY - timedelta(days=6)) is None, "nobody had looked"
    soon = (Status.AT_RISK, left - timedelta(days=30))
    for ago in (5, 3, 1):
        assert await found(TODAY - timedelta(days=ago)) == soon
    assert await found(TODAY) == (Status.BREACHED, left)


async def test_keeps_the_day_on_which_a_run_first_found_an_undated_state(
    database: Database,
) -> None:
    undated = Key("C18", "as_written", Scope.LONDON, "london")
    await run(database)
    await run(database, TODAY + timedelta(days=3))
    async with database.reading() as session:
        standing = (await list_standings(session))[undated]
    assert (standing.since, standing.since_kind.value) == (TODAY, "observed")


async def test_counts_positions_and_runs_without_a_gap(database: Database) -> None:
    await run(database)
    await hire(database, date(2024, 3, 1))
    await run(database)
    async with database.reading() as session:
        number, last = (
            await session.execute(
                select(func.count(), func.max(CommitmentCheck.position)).select_from(
                    CommitmentCheck
                )
            )
        ).one()
        runs = list(await session.scalars(select(CommitmentRun.number).order_by("number")))
    assert number == last
    assert runs == [1, 2]


async def test_refuses_to_write_behind_a_later_run(database: Database) -> None:
    await run(database)
    with pytest.raises(InvalidRequestError):
        await run(database, TODAY - timedelta(days=1))


async def test_lets_one_run_be_written_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(session: object, task: str) -> bool:
        return False

    monkeypatch.setattr(commitment_runs, "alone", never)
    with pytest.raises(BusyError):
        await run(database)
    async with database.reading() as session:
        assert (await session.scalars(select(CommitmentRun))).first() is None


async def test_leaves_nothing_behind_when_it_is_stopped(database: Database) -> None:
    async def stop(done: int, total: int | None, message: str) -> None:
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        await run_checks(
            database,
            lambda: unit_of_work(database),
            CALLER,
            today=TODAY,
            now=NOW,
            progress=stop,
        )
    assert (await run(database)).number == 1


@pytest.mark.parametrize("table", [CommitmentCheck, CommitmentRun])
async def test_refuses_to_change_or_remove_what_was_found(
    database: Database, table: type[CommitmentCheck | CommitmentRun]
) -> None:
    await run(database)
    for statement in (update(table).values(rule_version=99), delete(table)):
        with pytest.raises(DBAPIError, match="never changed or removed"):
            async with database.writing() as session:
                await session.execute(statement)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
async def test_refuses_a_truncation_even_as_a_replica(database: Database) -> None:
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with database.writing() as session:
            await session.execute(text("SET LOCAL session_replication_role = replica"))
            await session.execute(text("TRUNCATE commitment_check, commitment_run"))


async def test_control_without_the_trigger_the_same_statement_goes_through(
    database: Database,
) -> None:
    await run(database)
    names = {
        True: "append_only_commitment_check_update",
        False: "append_only ON commitment_check",
    }
    async with database.writing() as session:
        await session.execute(text(f"DROP TRIGGER {names[database.is_sqlite]}"))
        await session.execute(update(CommitmentCheck).values(rule_version=99))
    async with database.reading() as session:
        kept = await session.scalars(select(CommitmentCheck.rule_version).distinct())
        assert list(kept) == [99]
