"""Fictional measures and answers: marked so, small groups hidden, gone once real figures come."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import Database
from app.demonstration import build
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.domain.measures import LEAST_BASE
from app.keyring import Keyring
from app.models.demographics import DemographicAnswer
from app.models.measures import MeasureValue
from app.models.sources import SourceCopy
from app.operations.crime_store import Import
from app.operations.measure_imports import import_measures
from app.progress import in_silence
from app.sources.measures import parse_measures
from tests.factories import ALDER

pytestmark = pytest.mark.anyio


async def test_surveys_two_years_and_gives_way_to_real_figures(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(build, "DEMONSTRATION_BOROUGH", ALDER)
    now = datetime.now(UTC)
    missing = await build.find_missing(database)
    await build.build_demonstration(
        database,
        Keyring(tmp_path),
        missing=missing,
        now=now,
        today=now.date(),
        begin=lambda _: None,
    )
    async with database.reading() as session:
        values = list(await session.scalars(select(MeasureValue)))
        copies = set(await session.scalars(select(SourceCopy.source)))
        answers = list(await session.scalars(select(DemographicAnswer)))
    assert "demonstration" in copies
    assert len({value.period_on for value in values}) == 8
    assert all(value.hidden for value in values if value.base < LEAST_BASE)
    assert any(value.hidden for value in values)
    assert answers
    line = f"2025-01-01,{ALDER},trust-the-met,all,0.7,400"
    file = parse_measures(
        "real.csv", f"date,area,measure,group,proportion,n\n{line}\n".encode(), today=now.date()
    )
    caller = Caller("operator", Role.ADMIN)
    order = Import(caller, partial(unit_of_work, database), licence="none", now=now)
    await import_measures(database, file, order, in_silence)
    async with database.reading() as session:
        left = list(await session.scalars(select(MeasureValue)))
    assert [(value.proportion, value.base) for value in left] == [(0.7, 400)]
