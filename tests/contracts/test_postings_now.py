"""P9: a posting that ended takes the ward with it at once, whatever the token still says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.dependencies import LONDON, unit_of_work
from app.models.teams import Officer, Posting
from tests.factories import A1, ALDER
from tests.polling import leader_of, open_poll
from tests.priorities import set_body
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


async def move_posting(api: Api, subject: str, **days: Any) -> None:
    """Change the days of somebody's postings, behind the service's back."""
    officer = select(Officer.id).where(Officer.subject == subject).scalar_subquery()
    async with unit_of_work(api.app.state.database) as session:
        mine = update(Posting).where(Posting.officer_id == officer)
        await session.execute(mine.values(**days))


def day(offset: int) -> Any:
    return (datetime.now(UTC).astimezone(LONDON) + timedelta(days=offset)).date()


@pytest.mark.parametrize(
    ("starts", "ends", "reaches"),
    [
        (-9, None, True),
        (-9, 1, True),
        (-9, 0, False),
        (-9, -1, False),
        (1, None, False),
        (0, None, True),
    ],
)
async def test_reaches_a_ward_from_the_first_day_to_the_last(
    api: Api, starts: int, ends: int | None, *, reaches: bool
) -> None:
    sergeant = await api.as_("sergeant", wards=(A1,), subject="sam")
    ends_on = None if ends is None else day(ends)
    await move_posting(api, "sam", starts_on=day(starts), ends_on=ends_on)
    answer = await sergeant.post(f"/v1/wards/{A1}/priority-sets", json=set_body("burglary"))
    if reaches:
        assert answer.status_code == 201
    else:
        assert_problem(answer, 403, "outside_territory")


async def test_a_leader_whose_posting_ended_signs_nothing_any_more(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    body = {"status": "closed", "reason": "Because"}
    assert (await leader.patch(f"/v1/polls/{poll['id']}", json=body)).status_code == 202
    former = await api.as_("borough_superintendent", boroughs=(ALDER,), subject="sam")
    assert len((await former.get("/v1/approvals")).json()["items"]) == 1
    await move_posting(api, "sam", starts_on=day(-9), ends_on=day(-1))
    answer = await former.patch(f"/v1/polls/{poll['id']}", json=body)
    assert_problem(answer, 403, "outside_territory")
    assert (await former.get("/v1/approvals")).json()["items"] == []
    assert (await api.get(f"/v1/polls/{poll['id']}")).json()["status"] == "open"
