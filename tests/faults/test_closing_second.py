"""Whoever votes in the last second is counted or told that the poll is closed (P3)."""

import pytest

from tests.faults.rigs.closings import Closing, close_by_hand, close_by_the_clock

pytestmark = pytest.mark.anyio

VOTERS, OPEN_S = 80, 2.5


def check(found: Closing) -> None:
    assert found.surprises == []
    assert found.statuses[409] > 0, found
    assert found.acknowledged > 0, found
    assert (found.late, found.lost, found.opened_wrong) == (0, 0, 0), found


async def test_a_poll_that_closes_by_the_clock_counts_all_it_acknowledged_and_none_later(settings):
    check(
        await close_by_the_clock(
            settings.database_url, settings.key_store, voters=VOTERS, open_s=OPEN_S
        )
    )


async def test_staff_close_a_poll_at_once_however_many_vote(settings):
    found = await close_by_hand(
        settings.database_url, settings.key_store, voters=VOTERS, open_s=OPEN_S
    )
    check(found)
    assert found.closed_in_s < 10, found
