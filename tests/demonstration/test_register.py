"""The demonstration's register: every state there is, reckoned from fictional facts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import preparation
from app.database import Database, ReadSession
from app.demonstration import build
from app.demonstration.checks import AGO
from app.dependencies import unit_of_work
from app.domain.commitments import Status
from app.domain.ward_history import HistoryKind
from app.keyring import Keyring
from app.models.teams import Officer
from app.operations.commitment_rows import find_last_run, list_standings
from app.operations.ward_history import HistoryFilter, read_history
from app.pagination import PageRequest
from tests.factories import A1, A2, A3, ALDER, B1, B2, B3

pytestmark = pytest.mark.anyio

TOLD = {
    HistoryKind.COMMITMENT_CHANGED,
    HistoryKind.DISPUTE_FILED,
    HistoryKind.DISPUTE_ANSWERED,
}
"""What is told even of the few wards here; all of London has every step of disputes too."""


async def everything_of_the_wards(
    session: ReadSession, now: datetime
) -> dict[str, set[HistoryKind]]:
    """Return what kinds of things the history of each ward of the Met tells."""
    pages = [
        await read_history(
            session, None, ward, page=PageRequest(limit=200), wanted=HistoryFilter(now)
        )
        for ward in (A1, A2, A3, B1, B2, B3)
    ]
    return {page.ward.code: {entry.kind for entry in page.items} for page in pages}


async def test_shows_every_state_and_is_checked_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "DEMONSTRATION_BOROUGH", ALDER)
    now = datetime.now(UTC)
    await build.build_demonstration(
        database,
        Keyring(tmp_path),
        missing=await build.find_missing(database),
        now=now,
        today=now.date(),
        begin=lambda _: None,
    )
    begun: list[str] = []
    for _ in range(2):
        await preparation.check_once(database, now=now, today=now.date(), begin=begun.append)
    assert begun == ["the first runs of the commitment checks"]
    async with database.reading() as session:
        run = await find_last_run(session)
        found = await list_standings(session)
        entries = await everything_of_the_wards(session, now)
    assert run is not None
    assert (run.number, run.as_of) == (len(AGO) + 1, now.date())
    assert {standing.status for standing in found.values()} == set(Status)
    early = {one.status for key, one in found.items() if key.reading == "cumulative"}
    assert early <= {Status.MET, Status.BREACHED}
    assert set().union(*entries.values()) >= TOLD


async def test_makes_up_no_earlier_run_where_a_real_officer_serves(database: Database) -> None:
    now = datetime.now(UTC)
    async with unit_of_work(database) as session:
        session.add(Officer(display_name="Real", rank="Constable", created_at=now, updated_at=now))
    await preparation.check_once(database, now=now, today=now.date(), begin=str)
    async with database.reading() as session:
        run = await find_last_run(session)
    assert run is not None
    assert run.number == 1
