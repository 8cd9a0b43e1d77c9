"""Results over HTTP: who sees what when, and how much of it by turnout."""

from typing import Any

import pytest

from app.domain.counting import Profile, count_poll
from tests.factories import A1, BIRCH
from tests.polling import draft_poll, fill_box, leader_of, move, open_poll
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
TO_PUBLISHED = ("closed", "counted", "published")
BLOCS = [[0, 1]] * 30 + [[2]] * 20 + [[1, 3]] * 2


async def published(
    api: Api, ballots: list[list[int]], *, levels: list[int] | None = None, **changes: Any
) -> dict[str, Any]:
    """Return a published poll with these ballots."""
    leader = await leader_of(api)
    poll = await open_poll(leader, **changes)
    await fill_box(api, poll, ballots, levels=levels or ())
    return await move(leader, poll, *TO_PUBLISHED)


async def result_of(api: Api, poll: dict[str, Any]) -> dict[str, Any]:
    """Return a result that the caller may see."""
    answer = await api.get(f"/v1/polls/{poll['id']}/result")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_shows_no_result_to_anyone_before_the_count(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, BLOCS)
    await move(leader, poll, "closed")
    for caller in (api, leader, await api.as_("admin"), await api.as_("auditor")):
        answer = await caller.get(f"/v1/polls/{poll['id']}/result")
        assert_problem(answer, 404, "result_not_published")


async def test_shows_a_counted_result_only_to_its_leaders_and_overseers(api: Api) -> None:
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await fill_box(api, poll, BLOCS)
    await move(leader, poll, "closed", "counted")
    outsiders = [
        api,
        await leader_of(api, BIRCH),
        await api.as_("ward_officer", wards=(A1,)),
        await api.as_("resident", wards=(A1,)),
    ]
    for outsider in outsiders:
        answer = await outsider.get(f"/v1/polls/{poll['id']}/result")
        assert_problem(answer, 404, "result_not_published")
    seen = [await result_of(c, poll) for c in (leader, await api.as_("admin"))]
    await move(leader, poll, "published")
    told = await result_of(api, poll)
    for early in seen:
        assert early | {"status": "published", "published_at": told["published_at"]} == told


async def test_refuses_the_result_of_what_is_cancelled_or_unknown(api: Api) -> None:
    leader = await leader_of(api)
    poll = await move(leader, await open_poll(leader), "cancelled")
    assert_problem(await api.get(f"/v1/polls/{poll['id']}/result"), 404, "result_not_published")
    hidden = await draft_poll(leader)
    assert_problem(await api.get(f"/v1/polls/{hidden['id']}/result"), 404, "not_found")


async def test_tells_nothing_of_fewer_than_ten_ballots(api: Api) -> None:
    poll = await published(api, BLOCS[26:35])
    result = await result_of(api, poll)
    assert result["disclosure"] == "withheld"
    assert result["turnout"] == {"ballots": None, "rounded_to": None, "fewer_than": 10}
    withheld = ("chosen", "options", "by_level", "account", "superseded")
    assert all(result[name] is None for name in withheld)
    assert poll["turnout"] == {"at_least": 0, "exact": None}


async def test_rounds_counts_and_leaves_the_account_out_under_thirty_ballots(api: Api) -> None:
    poll = await published(api, [[0, 1]] * 12 + [[2]] * 11)
    result = await result_of(api, poll)
    assert result["disclosure"] == "rounded"
    assert result["turnout"] == {"ballots": 25, "rounded_to": 5, "fewer_than": None}
    assert [option["approvals"] for option in result["options"]] == [10, 10, 10, 0]
    assert [option["rank"] for option in result["options"]] == [1, 2, None, None]
    assert (result["account"], result["superseded"]) == (None, None)
    assert poll["turnout"] == {"at_least": 20, "exact": None}


async def test_says_nearly_all_instead_of_all_in_a_small_poll(api: Api) -> None:
    poll = await published(api, [[0]] * 30 + [[0, 1]] * 12)
    first, second, *_ = (await result_of(api, poll))["options"]
    assert (first["approvals"], first["nearly_all"]) == (None, True)
    assert (second["approvals"], second["nearly_all"]) == (10, False)


async def test_tells_everything_from_thirty_ballots_on(api: Api) -> None:
    poll = await published(api, BLOCS, levels=[0] * 5 + [1] * 30 + [2] * 17)
    result = await result_of(api, poll)
    ids = [option["id"] for option in poll["options"]]
    assert result["disclosure"] == "exact"
    assert result["turnout"] == {"ballots": 52, "rounded_to": None, "fewer_than": None}
    assert result["chosen"] == [ids[1], ids[2]]
    assert [(o["id"], o["approvals"]) for o in result["options"]] == [
        (ids[1], 32),
        (ids[2], 20),
        (ids[0], 30),
        (ids[3], 2),
    ]
    assert result["by_level"] == [{"levels": [0, 1], "ballots": 35}, {"levels": [2], "ballots": 17}]
    assert result["manifest_sha256"] == poll["manifest_sha256"]
    account = result["account"]
    assert account["voters"] == "52/1"
    assert account["trace"][0]["sentence"].startswith("drug dealing is chosen first")
    assert account["certificates"]["ejr_plus"]["satisfied"]
    assert account["comparison"]["only_by_approval"] == [ids[0]]
    assert account["stability"]["resamples"] == 200
    assert poll["turnout"] == {"at_least": 50, "exact": 52}


async def test_tells_what_anyone_can_count_again(api: Api) -> None:
    poll = await published(api, BLOCS)
    result = await result_of(api, poll)
    ids = [option["id"] for option in poll["options"]]
    profile = Profile.from_ballots(ids, [[ids[place] for place in ballot] for ballot in BLOCS])
    seed = bytes.fromhex(result["account"]["tie_break"]["seed"])
    again = count_poll(profile, 2, seed=seed).to_json({o["id"]: o["text"] for o in poll["options"]})
    account = result["account"]
    assert {name: again[name] for name in account if name in again} == {
        name: value for name, value in account.items() if name in again
    }


async def test_shows_the_auditor_every_figure_and_keeps_it_out_of_caches(api: Api) -> None:
    poll = await published(api, BLOCS[26:35], levels=[0] * 8 + [2])
    auditor = await api.as_("auditor")
    result = await result_of(auditor, poll)
    assert (result["disclosure"], result["turnout"]["ballots"]) == ("exact", 9)
    assert [group["ballots"] for group in result["by_level"]] == [8, 0, 1]
    assert result["account"]["voters"] == "9/1"
    admin = await result_of(await api.as_("admin"), poll)
    assert admin["disclosure"] == "withheld"
    assert admin == await result_of(api, poll)
    answer = await auditor.get(f"/v1/polls/{poll['id']}/result")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("rule", ["phragmen", "equal_shares", "pav", "approval"])
async def test_counts_by_the_rule_of_the_manifest(api: Api, rule: str) -> None:
    poll = await published(api, BLOCS, rule=rule)
    result = await result_of(api, poll)
    ids = [option["id"] for option in poll["options"]]
    assert result["rule"] == rule
    expected = [ids[1], ids[0]] if rule == "approval" else [ids[1], ids[2]]
    assert set(result["chosen"]) == set(expected)


async def test_publishes_a_poll_that_nobody_voted_in(api: Api) -> None:
    poll = await published(api, [])
    assert (await result_of(api, poll))["disclosure"] == "withheld"
