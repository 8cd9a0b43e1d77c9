"""Rows of figures, boards, facilities and publications that open data reads, with canaries."""

from datetime import UTC, date, datetime

import shapely

from app.database import WriteSession
from app.domain.identity import Caller, Role
from app.geometry import stored
from app.models.base import new_id
from app.models.boards import Board, BoardDecision, BoardMeeting, BoardMember
from app.models.crime import CrimeCategory, CrimeCount, Deprivation
from app.models.facilities import Facility, FacilityHours
from app.models.measures import Measure, MeasureValue
from app.models.population import PopulationCount
from app.models.publications import PublicationRelease
from app.models.sources import SourceCopy
from app.operations import audit
from tests.factories import A1, ALDER

NOW = datetime(2026, 10, 1, 9, 30, 0, 123, tzinfo=UTC)
TODAY = date(2026, 10, 1)
STAMPS = {"created_at": NOW, "updated_at": NOW}
CANARY = "canary"


def note(session: WriteSession, kind: str, identifier: object, action: str) -> None:
    """Note a write in the audit trail."""
    audit.record(
        session,
        Caller(f"{CANARY}-actor", Role.ADMIN),
        action,
        (kind, identifier),
        now=NOW,
        borough_code=ALDER,
        ward_code=A1,
        reason=f"{CANARY}-why",
        detail={"what": f"{CANARY}-detail"},
    )


async def fill_figures(session: WriteSession) -> None:
    """Write figures of other publishers."""
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
    note(session, "source_copy", copy.id, "import_crime")


async def fill_bodies(session: WriteSession) -> None:
    """Write a board with all it has, a facility with its hours, and a release."""
    board, meeting, facility = new_id(), new_id(), new_id()
    session.add(Board(id=board, borough_code=ALDER, name="Board", established_on=TODAY, **STAMPS))
    session.add(
        Facility(
            id=facility,
            borough_code=ALDER,
            kind="front_counter",
            name="Counter",
            address="1 Synthetic Way",
            location=stored(shapely.Point(-0.095, 51.505)),
            opened_on=TODAY,
            **STAMPS,
        )
    )
    await session.flush()
    session.add(BoardMember(board_id=board, kind="public", starts_on=TODAY, **STAMPS))
    session.add(
        BoardMeeting(
            id=meeting,
            board_id=board,
            meets_on=TODAY,
            status="held",
            open_to_public=True,
            attendance={"public": 3},
            **STAMPS,
        )
    )
    session.add(
        FacilityHours(
            facility_id=facility,
            valid_from=TODAY,
            is_24_7=True,
            weekly={},
            verified_on=TODAY,
            source="Synthetic",
            recorded_at=NOW,
            recorded_by=f"{CANARY}-by",
        )
    )
    session.add(
        PublicationRelease(
            publication_code="serious-organised-crime-update",
            period="2026",
            published_on=TODAY,
            url="https://releases.example/1",
            recorded_at=NOW,
            recorded_by=f"{CANARY}-by",
        )
    )
    await session.flush()
    session.add(
        BoardDecision(
            meeting_id=meeting, text="More light", decided_on=TODAY, owner="council", **STAMPS
        )
    )
    await session.flush()
