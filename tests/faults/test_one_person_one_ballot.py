"""However many ballots a resident casts in the same moment, one is counted, and the last (P2)."""

import pytest

from tests.faults.rigs.rushes import rush_to_vote, vote_naively

pytestmark = pytest.mark.anyio

RESIDENTS, EACH = 100, 40


async def test_forty_casts_at_once_leave_one_ballot_each_and_lose_no_number(settings):
    found = await rush_to_vote(settings.database_url, settings.key_store, RESIDENTS, EACH)
    assert found.surprises == []
    assert (found.slots, found.opened) == (RESIDENTS, RESIDENTS), found
    assert found.acknowledged + found.refused == RESIDENTS * EACH
    assert 0 <= found.written - found.acknowledged <= found.refused, found
    assert found.strangers == 0
    assert found.refused == 0, "a crowd of a thousand is no reason to refuse"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_finds_those_who_voted_twice_where_a_look_comes_before_an_insert(database_url):
    """The control: the schema that most projects write."""
    assert await vote_naively(database_url, RESIDENTS, EACH) > RESIDENTS
