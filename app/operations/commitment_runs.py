"""Runs of every check: measured in bulk, and written down where something has changed."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime

from sqlalchemy import insert

from app.database import Database, ReadSession, WriteSession, alone
from app.domain.commitment_checks import RULE_VERSION, check_all
from app.domain.commitments import Key, Standing, Verdict, date_verdict, is_news
from app.domain.identity import Caller
from app.errors import BusyError, InvalidRequestError
from app.models.base import new_id
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.operations import audit
from app.operations.commitment_facts import Chosen, gather_facts
from app.operations.commitment_figures import read_crime
from app.operations.commitment_rows import (
    find_last_run,
    last_position,
    list_standings,
    stored,
)
from app.progress import Progress, in_silence
from app.sources.register import read_register

OpenUnit = Callable[[], AbstractAsyncContextManager[WriteSession]]
Session = ReadSession | WriteSession
TASK = "commitment checks"
STEPS = 3


async def run_checks(
    database: Database,
    open_unit: OpenUnit,
    caller: Caller,
    *,
    today: date,
    now: datetime,
    progress: Progress = in_silence,
) -> CommitmentRun:
    """Check every line in every area and write what changed, in one transaction; return the run.

    Facts are read before the writing transaction opens, so that nobody waits for the reading. Cut
    short it leaves nothing behind, and doing it again writes each change once.
    """
    await progress(0, STEPS, "Gathering facts")
    async with database.reading() as session:
        verdicts = await measure(session, now=now, today=today)
    await progress(1, STEPS, f"{len(verdicts)} lines judged")
    async with open_unit() as writing:
        run = await record_run(writing, caller, verdicts, now=now, today=today)
    await progress(STEPS, STEPS, f"{run.changed} of {run.lines} lines changed")
    return run


async def measure(session: Session, *, now: datetime, today: date) -> dict[Key, Verdict]:
    """Return what the facts of today say of every line in every area of the Met's London."""
    crime = await read_crime(session)
    facts = await gather_facts(session, Chosen(), crime, now=now, today=today)
    return await asyncio.to_thread(check_all, read_register(), facts)


async def record_run(
    session: WriteSession,
    caller: Caller,
    verdicts: dict[Key, Verdict],
    *,
    now: datetime,
    today: date,
) -> CommitmentRun:
    """Write a run, and a row for each line that stands otherwise than its last row says.

    Raises `BusyError` while another run is being written, `InvalidRequestError` for a day before
    that of the last run: what was found is never written behind what was found later.
    """
    if not await alone(session, TASK):
        raise BusyError("Another run of the checks is being written; try again shortly.")
    last = await find_last_run(session)
    if last is not None and last.as_of > today:
        raise InvalidRequestError(f"The checks were run as of {last.as_of}, which is later.")
    before = await list_standings(session)
    standings = {
        key: date_verdict(verdict, before.get(key), today=today)
        for key, verdict in verdicts.items()
    }
    news = {key: one for key, one in standings.items() if is_news(one, before.get(key))}
    run = CommitmentRun(
        id=new_id(),
        number=1 if last is None else last.number + 1,
        as_of=today,
        checked_at=now,
        rule_version=RULE_VERSION,
        lines=len(standings),
        changed=len(news),
        asked_by=caller.subject,
    )
    session.add(run)
    await session.flush()
    await _write(session, run, news, before)
    detail = {"as_of": today.isoformat(), "lines": run.lines, "changed": run.changed}
    subject = ("commitment_run", run.id)
    audit.record(session, caller, "run_commitment_checks", subject, now=now, detail=detail)
    return run


async def _write(
    session: WriteSession,
    run: CommitmentRun,
    news: dict[Key, Standing],
    before: dict[Key, Standing],
) -> None:
    if not news:
        return
    start = await last_position(session) + 1
    shared = {
        "run_id": run.id,
        "as_of": run.as_of,
        "rule_version": run.rule_version,
        "checked_at": run.checked_at,
    }
    rows = []
    for position, (key, columns) in enumerate(zip(news, stored(news), strict=True), start):
        former = before.get(key)
        previous = None if former is None else former.status.value
        rows.append(columns | shared | {"position": position, "previous_status": previous})
    await session.execute(insert(CommitmentCheck), rows)
