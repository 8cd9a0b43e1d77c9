"""Coverage where boundaries change: each ward counts on the days on which it exists."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.errors import WardNotInForceError
from app.models.base import new_id
from app.models.wards import BoundaryEdition, Ward
from app.operations.coverage import get_borough_coverage, measure_coverage
from app.operations.teams import create_officer, post_officer
from app.operations.teams_queries import list_team
from app.schemas.teams import OfficerIn, PostingIn
from tests.factories import A1, A2, A3, ALDER, C1

pytestmark = pytest.mark.anyio

CHANGE = date(2026, 5, 7)
A9 = "E05090009"
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ADMIN = Caller("kim", Role.ADMIN)
APRIL, JUNE = date(2026, 4, 7), date(2026, 6, 6)


def copied(row: BoundaryEdition | Ward, **changes: object) -> dict[str, object]:
    return {c.key: getattr(row, c.key) for c in row.__table__.columns} | {"id": new_id()} | changes


@pytest.fixture
async def changed(database: Database) -> Database:
    """Small London after a change of boundaries in which A9 took the place of A2."""
    async with unit_of_work(database) as session:
        old = (await session.scalars(select(BoundaryEdition))).one()
        new = copied(old, label="new", valid_from=CHANGE)
        old.status, old.valid_to = "closed", CHANGE
        await session.flush()
        session.add(BoundaryEdition(**new))
        await session.flush()
        for ward in await session.scalars(select(Ward)):
            code = A9 if ward.code == A2 else ward.code
            session.add(Ward(**copied(ward, code=code, edition_id=new["id"])))
    return database


async def post(database: Database, ward: str, starts_on: date) -> None:
    async with unit_of_work(database) as session:
        given = OfficerIn(display_name="PC Ada Example", rank="PC", fictional=True)
        officer = await create_officer(session, ADMIN, given=given, now=NOW)
        posting = PostingIn(
            officer_id=officer.id,
            role="dedicated_ward_officer",
            ward_code=ward,
            starts_on=starts_on,
        )
        await post_officer(session, ADMIN, given=posting, now=NOW)


@pytest.mark.parametrize(("ward", "on"), [(A2, CHANGE), (A9, APRIL)])
async def test_refuses_a_posting_to_a_ward_on_a_day_without_it(
    changed: Database, ward: str, on: date
) -> None:
    with pytest.raises(WardNotInForceError):
        await post(changed, ward, on)
    await post(changed, ward, APRIL if ward == A2 else CHANGE)


async def test_a_ward_is_measured_only_on_the_days_on_which_it_exists(changed: Database) -> None:
    await post(changed, A2, APRIL)
    async with changed.reading() as session:
        wards = [A2, A9, A1, C1, "E05099999"]
        found = await measure_coverage(session, wards, start=APRIL, end=JUNE)
        late = await measure_coverage(session, [A2], start=CHANGE, end=JUNE)
        early = await measure_coverage(session, [A9], start=APRIL, end=CHANGE)
    assert [line.ward.code for line in found] == [A2, A9, A1, C1]
    assert [line.figures and line.figures.days for line in found] == [30, 30, 60, None]
    assert (found[0].start, found[0].end) == (APRIL, CHANGE)
    assert found[0].figures is not None
    assert found[0].figures.posted_officer_days == 30
    assert "closed on 2026-05-07" in (late[0].reason or "")
    assert "since 2026-05-07" in (early[0].reason or "")


async def test_a_borough_counts_old_and_new_wards_each_in_their_time(changed: Database) -> None:
    async with changed.reading() as session:
        both = await get_borough_coverage(session, ALDER, start=APRIL, end=JUNE)
        after = await get_borough_coverage(session, ALDER, start=CHANGE, end=JUNE)
    assert [line.ward.code for line in both.wards] == [A1, A2, A3, A9]
    assert both.figures is not None
    assert both.figures.days == 60 * 3
    assert [line.ward.code for line in after.wards] == [A1, A3, A9]


async def test_a_closed_ward_still_has_its_team_of_then(changed: Database) -> None:
    await post(changed, A2, APRIL)
    async with changed.reading() as session:
        then = await list_team(session, A2, on=APRIL)
        now = await list_team(session, A2, on=JUNE)
    assert (then.measured, len(then.members), len(then.vacancies)) == (True, 1, 2)
    assert (now.measured, now.vacancies) == (False, ())
