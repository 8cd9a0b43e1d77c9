"""The demonstration's register: every state there is, reckoned from fictional facts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import preparation
from app.database import Database
from app.demonstration import build
from app.domain.commitments import Status
from app.keyring import Keyring
from app.operations.commitment_rows import find_last_run, list_standings
from tests.factories import ALDER

pytestmark = pytest.mark.anyio


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
    assert begun == ["the first run of the commitment checks"]
    async with database.reading() as session:
        run = await find_last_run(session)
        found = await list_standings(session)
    assert run is not None
    assert run.number == 1
    assert {standing.status for standing in found.values()} == set(Status)
    early = {one.status for key, one in found.items() if key.reading == "cumulative"}
    assert early <= {Status.MET, Status.BREACHED}
