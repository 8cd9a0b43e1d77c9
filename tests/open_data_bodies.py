"""Rows of boards, facilities and publications that open data reads, with canaries."""

import shapely

from app.database import WriteSession
from app.geometry import stored
from app.models.base import new_id
from app.models.boards import Board, BoardDecision, BoardMeeting, BoardMember
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.models.facilities import Facility, FacilityHours
from app.models.publications import PublicationRelease
from tests.factories import ALDER
from tests.open_data_promises import CANARY, NOW, STAMPS, TODAY


async def fill_bodies(session: WriteSession) -> None:
    """Write a board with all it has, a facility with its hours, and a release."""
    await _fill_boards(session)
    await _fill_facilities(session)
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


async def _fill_boards(session: WriteSession) -> None:
    board, meeting = new_id(), new_id()
    session.add(Board(id=board, borough_code=ALDER, name="Board", established_on=TODAY, **STAMPS))
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
    await session.flush()
    session.add(
        BoardDecision(
            meeting_id=meeting, text="More light", decided_on=TODAY, owner="council", **STAMPS
        )
    )


async def _fill_facilities(session: WriteSession) -> None:
    facility = Facility(
        id=new_id(),
        borough_code=ALDER,
        kind="front_counter",
        name="Counter",
        address="1 Synthetic Way",
        location=stored(shapely.Point(-0.095, 51.505)),
        opened_on=TODAY,
        **STAMPS,
    )
    session.add(facility)
    await session.flush()
    session.add(
        FacilityHours(
            facility_id=facility.id,
            valid_from=TODAY,
            is_24_7=True,
            weekly={},
            verified_on=TODAY,
            source="Synthetic",
            recorded_at=NOW,
            recorded_by=f"{CANARY}-by",
        )
    )


async def fill_register(session: WriteSession) -> None:
    """Write a run of the checks with one finding."""
    run = new_id()
    session.add(
        CommitmentRun(
            id=run,
            number=1,
            as_of=TODAY,
            checked_at=NOW,
            rule_version=1,
            lines=1,
            changed=1,
            asked_by=f"{CANARY}-asked",
        )
    )
    await session.flush()
    session.add(
        CommitmentCheck(
            position=1,
            run_id=run,
            commitment="C01",
            reading="team",
            scope="borough",
            area_code=ALDER,
            as_of=TODAY,
            status="met",
            since=TODAY,
            since_kind="fact",
            finding="All is well.",
            evidence=[],
            rule_version=1,
            checked_at=NOW,
        )
    )
    await session.flush()
