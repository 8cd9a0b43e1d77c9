"""Who took part by group: told once, through the gate, with an estimate that anyone can redo."""

from collections import Counter
from uuid import UUID, uuid4

import numpy as np
import pytest
from scipy.stats import binomtest
from sqlalchemy import text

from app.models.polls import Envelope, PollResult
from app.models.representation import PollEstimate, Representation
from tests.factories import A1, A2
from tests.polling import draft_poll, leader_of, made, move, open_poll, poll_body
from tests.representing import CENSUS, count_people, publish, vote, voter
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


def people() -> list[tuple[dict[str, str], list[int]]]:
    """Return 200 ballots: 120 women tick the first option, 80 men the second, all the fourth."""
    made_ = []
    for number in range(200):
        sex = "female" if number < 120 else "male"
        ethnicity = ("asian", "black", "mixed", "other", "white")[number % 5]
        age = "65-and-over" if number % 4 == 0 else "25-44"
        ticks = [0, 3] if sex == "female" else [1, 3]
        if number % 5 == 0:
            ticks.append(2)
        made_.append(({"sex": sex, "ethnicity": ethnicity, "age": age}, ticks))
    return made_


async def finish(api: Api, ballots, *, census: bool = True) -> dict:
    """Return a poll of A1 whose round is over, with these ballots."""
    if census:
        await count_people(api.app.state.database, A1)
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await vote(api, poll, ballots)
    return await move(leader, poll, "closed", "counted", "published")


def by_name(items: list[dict], key: str) -> dict[str, dict]:
    return {item[key]: item for item in items}


async def test_refuses_a_poll_that_is_not_there(api: Api):
    assert_problem(await api.get(f"/v1/polls/{uuid4()}/representation"), 404, "not_found")


async def test_tells_nothing_before_the_round_is_over(api: Api):
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await vote(api, poll, people())
    poll = await move(leader, poll, "closed", "counted")
    assert await publish(api) == 0
    answer = await api.get(f"/v1/polls/{poll['id']}/representation")
    assert answer.status_code == 404


async def test_tells_shares_beside_the_census_with_intervals(api: Api):
    poll = await finish(api, people())
    assert await publish(api) == 1
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()
    assert [area["kind"] for area in told["areas"]] == ["ward", "borough"]
    sex = by_name(told["areas"][0]["dimensions"], "dimension")["sex"]
    women = by_name(sex["groups"], "group")["female"]
    assert (sex["answered"], women["respondents"], women["share"]) == (200, 120, 0.6)
    low, high = binomtest(120, 200).proportion_ci(method="wilson")
    assert (women["share_low"], women["share_high"]) == (round(low, 4), round(high, 4))
    assert women["reference_share"] == 0.51
    assert women["ratio"] == round(0.6 / 0.51, 4)
    assert sex["similarity"] == round(1 - abs(0.6 - 0.51), 4)
    age = by_name(told["areas"][0]["dimensions"], "dimension")["age"]
    assert [group["group"] for group in age["groups"]] == ["16-64", "65-and-over"]
    assert told["proof"]["narrowest"] >= told["proof"]["required"]


def raked_by_hand(ballots) -> np.ndarray:
    """Return each ballot's weight, by fitting one person at a time."""
    whole = CENSUS["age"]["16-64"] + CENSUS["age"]["65-84"] + CENSUS["age"]["85-and-over"]
    targets = {
        "sex": {"female": 0.51, "male": 0.49},
        "ethnicity": {name: n / 1000 for name, n in CENSUS["ethnicity"].items()},
        "age": {"25-44": 640 / whole, "65-and-over": 160 / whole},
    }
    weights = np.ones(len(ballots))
    for _ in range(500):
        for dimension, wanted in targets.items():
            said = np.array([answers[dimension] for answers, _ in ballots])
            for group, share in wanted.items():
                weights[said == group] *= share * len(ballots) / weights[said == group].sum()
    for _ in range(50):
        weights = np.clip(weights / weights.mean(), 0.3, 3)
    return weights


async def test_estimates_what_an_independent_raking_gives(api: Api):
    ballots = people()
    poll = await finish(api, ballots)
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()["estimate"]
    assert told["reason"] is None
    assert told["dimensions"] == ["age", "sex", "ethnicity"]
    assert told["left_out"] == {"disability": "hidden_groups"}
    weights = raked_by_hand(ballots)
    options = by_name(told["options"], "option")
    for place, option in enumerate(poll["options"]):
        ticked = np.array([place in ticks for _, ticks in ballots])
        mine = options[option["id"]]
        moved = 100 * (weights * ticked).sum() / 200 - 100 * ticked.mean()
        way = "about_the_same" if abs(moved) <= 5 else "more" if moved > 0 else "less"
        assert mine["weighted"] in {way, None}
        assert mine["official"] == round(100 * ticked.mean())
    effective = weights.sum() ** 2 / (weights**2).sum()
    assert told["effective_ballots"] == effective // 10 * 10
    assert told["converged"]
    assert told["moved_by"] == 5
    assert [o["weighted"] for o in told["options"]].count(None) <= 1


async def test_says_which_way_weights_move_approvals(api: Api):
    mostly_men = CENSUS | {"sex": {"female": 300, "male": 700}}
    await count_people(api.app.state.database, A1, census=mostly_men)
    leader = await leader_of(api)
    poll = await open_poll(leader, seats=1)
    ballots = [
        ({"sex": "female" if number < 110 else "male"}, [number >= 110, 2 + number % 2])
        for number in range(200)
    ]
    await vote(api, poll, ballots)
    poll = await move(leader, poll, "closed", "counted", "published")
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()["estimate"]
    first, second, third = (
        by_name(told["options"], "option")[option["id"]] for option in poll["options"][:3]
    )
    assert (first["official"], first["weighted"]) == (55, "less"), "110 of 200, and 0.3 of them"
    assert (second["official"], second["weighted"]) == (45, "more")
    assert [o["chosen"] for o in (first, second)] == [True, False]
    assert (third["official"], third["weighted"]) == (50, "about_the_same")


async def test_leaves_the_official_result_as_it_is(api: Api):
    poll = await finish(api, people())
    before = await api.get(f"/v1/polls/{poll['id']}/result")
    await publish(api)
    after = await api.get(f"/v1/polls/{poll['id']}/result")
    assert after.json() == before.json()


async def test_refuses_an_estimate_below_100_ballots(api: Api):
    poll = await finish(api, people()[:99])
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()
    assert told["areas"][0]["kind"] == "other_wards"
    assert told["estimate"]["reason"] == "too_few_ballots"
    assert "Fewer than 100" in told["estimate"]["explanation"]
    assert told["estimate"]["options"] == []


async def test_does_not_say_which_way_where_that_would_tell_what_a_small_group_approved(api: Api):
    poll = await finish(
        api,
        [
            ({"sex": "male"}, [n % 2, 3]) if n < 11 else ({"sex": "female"}, [2, 3])
            for n in range(106)
        ],
    )
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()["estimate"]
    assert {o["weighted"] for o in told["options"] if o["official"] in range(3, 98)} == {None}
    assert told["reason"] is None


async def test_refuses_an_estimate_where_shares_would_add_up(api: Api):
    ballots = [(answers, ticks[:1]) for answers, ticks in people()]
    poll = await finish(api, ballots)
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()["estimate"]
    assert (told["reason"], told["options"]) == ("few_ticks", [])
    assert "add up" in told["explanation"]


async def test_refuses_an_estimate_where_a_group_is_thin(api: Api):
    thin = [({"sex": "male" if n < 9 else "female"}, [0, n % 3]) for n in range(150)]
    poll = await finish(api, thin)
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()
    assert told["estimate"]["reason"] == "no_usable_dimension"
    assert told["estimate"]["left_out"]["sex"] == "hidden_groups"
    sex = by_name(told["areas"][0]["dimensions"], "dimension")["sex"]
    assert by_name(sex["groups"], "group")["male"]["respondents"] is None
    assert told["proof"]["narrowest"] >= 5


async def test_says_that_there_is_no_census(api: Api):
    poll = await finish(api, people(), census=False)
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()
    assert told["census_on"] is None
    assert told["estimate"]["left_out"]["sex"] == "no_reference"
    sex = by_name(told["areas"][0]["dimensions"], "dimension")["sex"]
    assert "No census" in sex["reason"]


async def test_tells_small_wards_of_a_borough_together(api: Api):
    await count_people(api.app.state.database, A1, A2)
    leader = await leader_of(api)
    first = await draft_poll(leader)
    body = poll_body(first["round"]["id"], ward=A2)
    second = await made(await leader.post("/v1/polls", json=body))
    opened = [await move(leader, poll, "scheduled", "open") for poll in (first, second)]
    await vote(api, opened[0], people()[60:120] + people()[140:160])
    await vote(api, opened[1], people()[100:140], first=1000)
    for poll in opened:
        await move(leader, poll, "closed", "counted", "published")
    await publish(api)
    told = (await api.get(f"/v1/polls/{second['id']}/representation")).json()
    assert told["areas"][0]["kind"] == "other_wards"
    assert told["areas"][0]["wards"] == [A1, A2]
    sex = by_name(told["areas"][0]["dimensions"], "dimension")["sex"]
    assert [group["respondents"] for group in sex["groups"]] == [80, 40]


async def test_publishes_once_whatever_residents_change_after_it(api: Api):
    poll = await finish(api, people())
    await publish(api)
    first = await api.get(f"/v1/polls/{poll['id']}/representation")
    async with api.app.state.database.writing() as session:
        await session.execute(text("DELETE FROM demographic_answer"))
    assert await publish(api) == 0
    assert (await api.get(f"/v1/polls/{poll['id']}/representation")).json() == first.json()


async def test_counts_answers_that_no_key_opens_as_not_given(api: Api):
    await count_people(api.app.state.database, A1)
    leader = await leader_of(api)
    poll = await open_poll(leader)
    await vote(api, poll, people())
    async with api.app.state.database.writing() as session:
        await session.execute(
            text("UPDATE demographic_answer SET sealed = :torn WHERE pseudonym = :mine"),
            {"torn": bytes(60), "mine": api.app.state.keyring.pseudonym(voter(0).anchor)},
        )
    await move(leader, poll, "closed", "counted", "published")
    assert await publish(api) == 1


async def test_counts_those_who_vote_and_speak_through_the_api(api: Api):
    await count_people(api.app.state.database, A1)
    leader = await leader_of(api)
    poll = await open_poll(leader)
    ticked = {"approved_options": [poll["options"][0]["id"]]}
    for number in range(26):
        resident = await api.as_("resident", wards=(A1,), subject=f"neighbour {number}")
        if number < 21:
            said = {"sex": "female" if number < 11 else "male"}
            assert (await resident.put("/v1/me/demographics", json=said)).status_code == 200
        if number != 20:
            cast = await resident.put(f"/v1/polls/{poll['id']}/ballot", json=ticked)
            assert cast.status_code == 201, cast.text
    await move(leader, poll, "closed", "counted", "published")
    await publish(api)
    told = (await api.get(f"/v1/polls/{poll['id']}/representation")).json()
    sex = by_name(told["areas"][1]["dimensions"], "dimension")["sex"]
    assert sex["answered"] in {20, None}
    assert {g["group"]: g["respondents"] for g in sex["groups"]} == {"female": 10, "male": None}
    assert sex["groups"][0]["share"] is None


async def test_keeps_nothing_that_joins_an_answer_with_a_ballot(api: Api):
    poll = await finish(api, people())
    await publish(api)
    database, keyring = api.app.state.database, api.app.state.keyring
    async with database.reading() as session:
        rows = (await session.execute(text("SELECT * FROM demographic_answer"))).all()
        kept = await session.get_one(Representation, UUID(poll["round"]["id"]))
        estimate = await session.get_one(PollEstimate, UUID(poll["id"]))
        envelopes = (await session.execute(Envelope.__table__.select())).mappings().all()
        result = await session.get_one(PollResult, UUID(poll["id"]))
    assert len(rows) == 200
    assert len({len(row.sealed) for row in rows}) == 1
    assert set(rows[0]._fields) == {"pseudonym", "sealed", "kept_until"}
    told = repr((kept.figures, kept.proof, estimate.estimate, result.count))
    for number in range(200):
        anchor = voter(number).anchor
        pseudonym, slot = keyring.pseudonym(anchor), keyring.slot(result_round(poll), anchor)
        assert pseudonym not in {anchor, slot}
        assert pseudonym[:16] != slot
        for secret in (anchor, slot, pseudonym):
            assert secret.hex() not in told
            assert all(secret not in row.sealed for row in rows)
    slots = {bytes(row["slot"]) for row in envelopes}
    assert all(bytes(row.pseudonym)[:16] not in slots for row in rows)
    counted = Counter(
        value
        for row in kept.figures
        for value in (row["answered"], *(group["respondents"] for group in row["groups"]))
        if value is not None
    )
    assert all(value >= 10 and value % 5 == 0 for value in counted)


def result_round(poll: dict) -> UUID:
    return UUID(poll["round"]["id"])
