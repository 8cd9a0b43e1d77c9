"""One row of every table that open data reads, with canaries in all that must not be told."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.database import Database, WriteSession
from app.dependencies import unit_of_work
from app.geometry import stored
from app.models.crime import CrimeCategory, CrimeCount, Deprivation
from app.models.measures import Measure, MeasureValue
from app.models.population import PopulationCount
from app.models.sources import SourceCopy
from app.models.teams import Abstraction, CoverageStandard, Officer, Posting
from app.models.wards import BoundaryEdition, Ward, WardCrosswalk
from tests.factories import A1, A2, ALDER, square
from tests.open_data_bodies import fill_bodies, fill_register
from tests.open_data_disputes import fill_disputes
from tests.open_data_promises import (
    CANARY,
    FORMULA,
    NOW,
    STAMPS,
    TODAY,
    ask_in_polls,
    keep_promises,
    meet,
    note,
)


async def fill(database: Database) -> None:
    """Write everything in one transaction, with an audit entry for each noun."""
    async with unit_of_work(database) as session:
        edition = (await session.scalars(select(BoundaryEdition))).one()
        await _retired_and_coming(session)
        await _teams(session)
        await keep_promises(session)
        await ask_in_polls(session, edition)
        await meet(session)
        await _figures(session)
        await fill_bodies(session)
        await fill_register(session)
        await fill_disputes(session)


async def _retired_and_coming(session: WriteSession) -> None:
    """An old edition whose ward became A1, and one that is only loaded."""
    made = []
    for label, status, code in (("old", "closed", "E05080001"), ("next", "inactive", "E05099999")):
        made.append(await _other_ward(session, label, status, code))
    await session.flush()
    new = (await session.scalars(select(Ward).where(Ward.code == A1))).one()
    for old in made:
        session.add(
            WardCrosswalk(
                from_ward_id=old.id,
                to_ward_id=new.id,
                kind="renamed",
                share_of_from=1.0,
                share_of_to=1.0,
            )
        )


async def _other_ward(session: WriteSession, label: str, status: str, code: str) -> Ward:
    edition = BoundaryEdition(
        label=label,
        status=status,
        boundary_status="official",
        valid_from=date(2018, 5, 3),
        source="synthetic",
        licence="none",
        attribution="none",
        source_sha256="1" * 64,
        ward_count=1,
        checks={"what": f"{CANARY}-checks"},
        changes={},
        loaded_at=NOW,
    )
    session.add(edition)
    await session.flush()
    ward = Ward(
        edition_id=edition.id,
        code=code,
        name="Old" if label == "old" else f"{CANARY}-ward",
        borough_code=ALDER,
        police_force="metropolitan",
        boundary=stored(square(0, 0)),
        boundary_status="official",
        boundary_sha256="2" * 64,
        area_m2=12.5,
    )
    session.add(ward)
    return ward


async def _teams(session: WriteSession) -> None:
    for name, hidden in ((FORMULA, False), (f"{CANARY}-hidden", True)):
        officer = Officer(
            display_name=name,
            rank="PC",
            subject=f"{CANARY}-{hidden}",
            hidden=hidden,
            fictional=True,
            **STAMPS,
        )
        session.add(officer)
        await session.flush()
        posting = Posting(
            officer_id=officer.id,
            role="dedicated_ward_officer",
            ward_code=A1,
            borough_code=ALDER,
            fte=Decimal("0.5"),
            starts_on=date(2026, 1, 1),
            end_reason=f"{CANARY}-end",
            **STAMPS,
        )
        session.add(posting)
        await session.flush()
        session.add(
            Abstraction(
                posting_id=posting.id,
                starts_on=date(2026, 2, 1),
                ends_on=date(2026, 2, 3),
                reason=f"{CANARY}-reason",
                exceptional=False,
                note=f"{CANARY}-note",
                recorded_at=NOW,
                recorded_by=f"{CANARY}-by",
            )
        )
    session.add(
        CoverageStandard(role="pcso", minimum=1, ward_code=A2, valid_from=TODAY, source="synthetic")
    )


async def _figures(session: WriteSession) -> None:
    copy = SourceCopy(
        source="synthetic",
        url="figures.csv",
        retrieved_at=NOW,
        checked_at=NOW,
        etag=f"{CANARY}-etag",
        licence="OGL",
        sha256="b" * 64,
        size=3,
    )
    session.add(copy)
    session.add(CrimeCategory(source="mps", category="SYNTHETIC", subcategory="", label="All"))
    session.add(
        Measure(
            code="synthetic",
            label="L",
            pillar="p",
            commitments=["C01"],
            direction="up",
            unit="share",
            definition="d",
            source="s",
            held_as="share",
        )
    )
    await session.flush()
    _counts(session, copy)
    _values(session, copy)
    note(session, "source_copy", copy.id, "import_crime")
    note(session, "officer", f"{CANARY}-officer", "update_officer")


def _counts(session: WriteSession, copy: SourceCopy) -> None:
    session.add(
        CrimeCount(
            source="mps",
            ward_code=A1,
            month="2026-08",
            category="SYNTHETIC",
            subcategory="",
            count=0,
            copy_id=copy.id,
        )
    )
    session.add(
        PopulationCount(
            area_code=A1,
            census_on=date(2021, 3, 21),
            dimension="all",
            category="all",
            count=9000,
            copy_id=copy.id,
        )
    )
    session.add(
        Deprivation(ward_code=A1, release="2025", measure="imd", score=-1.5, copy_id=copy.id)
    )


def _values(session: WriteSession, copy: SourceCopy) -> None:
    for group, base, hidden in (("all", 300, False), ("women", 7919, True)):
        session.add(
            MeasureValue(
                measure_code="synthetic",
                area_code=A1,
                period_on=TODAY,
                group_code=group,
                proportion=0.5,
                base=base,
                hidden=hidden,
                copy_id=copy.id,
            )
        )
