"""Casting over HTTP: who may, when, what comes back, the same by both ways through the service."""

import asyncio
import json
import random
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models.polls import Envelope
from app.routers.ballots import BallotRoute
from tests.ballot_polls import HOUR, make_poll, make_round, open_poll_of
from tests.factories import A1, A2, ALDER
from tests.support import assert_problem

pytestmark = pytest.mark.anyio


RECEIPT = {"poll_id", "round_id", "seq", "leaf_hash", "accepted", "in_log_by", "promise"}


def path(poll_id) -> str:
    return f"/v1/polls/{poll_id}/ballot"


def choosing(*options) -> dict[str, list[str]]:
    return {"approved_options": [str(option) for option in options]}


async def test_refuses_whoever_is_not_a_signed_in_resident(api, app):
    poll = await open_poll_of(app)
    body = choosing(poll.options[0])
    assert_problem(await api.put(path(poll.id), json=body), 401, "not_authenticated")
    for role in ("ward_officer", "borough_superintendent", "admin", "analyst", "auditor"):
        staff = await api.as_(role, wards=(A1,), boroughs=(ALDER,))
        assert_problem(await staff.put(path(poll.id), json=body), 403, "not_allowed")
    partner = await api.as_("partner", wards=(A1,))
    assert_problem(await partner.put(path(poll.id), json=body), 403, "not_allowed")
    assert await stored(app) == (0, 0)


@pytest.mark.parametrize("seen_before", [False, True], ids=["fastapi", "at_once"])
async def test_refuses_a_ballot_that_does_not_fit_by_either_way(api, app, seen_before):
    poll = await open_poll_of(app)
    if seen_before:
        await app.state.ballots.polls.get(poll.id)
    here, there = await api.as_("resident", wards=(A1,)), await api.as_("resident", wards=(A2,))
    body = choosing(poll.options[0])
    assert_problem(await there.put(path(poll.id), json=body), 403, "not_your_ward")
    unknown = await here.put(path(poll.id), json=choosing(poll.options[0], uuid.uuid4()))
    problem = assert_problem(unknown, 422, "unknown_option")
    assert problem["errors"][0]["pointer"] == "/approved_options/1"
    for bad in ([], [poll.options[0]] * 2, ["burglary"], [None], list(range(200))):
        answer = await here.put(path(poll.id), json=choosing(*bad))
        assert_problem(answer, 422, "validation_failed")
    for extra in ({"level": 3}, {"slot": "00"}):
        assert_problem(await here.put(path(poll.id), json=body | extra), 422, "validation_failed")
    assert_problem(await here.put(path(uuid.uuid4()), json=body), 404, "not_found")
    assert_problem(await here.put(path("abc"), json=body), 422, "validation_failed")
    broken = await here.put(
        path(poll.id), content=b"{", headers={"Content-Type": "application/json"}
    )
    assert_problem(broken, 400, "malformed_request")
    assert_problem(
        await here.put(path(poll.id), params={"force": "1"}, json=body), 400, "unknown_parameter"
    )
    assert await stored(app) == (0, 0)


async def test_refuses_a_resident_whose_proof_is_too_weak(api, app):
    round_id = await make_round(app.state.database, app.state.keyring, min_level=3)
    poll = await make_poll(app.state.database, round_id)
    voter = await api.as_("resident", wards=(A1,))
    for _ in range(2):
        answer = await voter.put(path(poll.id), json=choosing(poll.options[0]))
        assert_problem(answer, 403, "assurance_too_low")


@pytest.mark.parametrize("status", ["draft", "closed", "counted", "published", "cancelled"])
async def test_refuses_while_the_stored_status_takes_no_ballots(api, app, status):
    poll = await open_poll_of(app, status=status)
    voter = await api.as_("resident", wards=(A1,))
    for _ in range(2):
        answer = await voter.put(path(poll.id), json=choosing(poll.options[0]))
        assert_problem(answer, 409, "poll_not_open")
    assert await stored(app) == (0, 0)


@pytest.mark.parametrize(
    ("opens_in", "closes_in"),
    [(timedelta(minutes=1), HOUR), (-HOUR, -timedelta(milliseconds=1))],
    ids=["early", "late"],
)
async def test_refuses_outside_the_rounds_times_by_the_databases_clock(
    api, app, opens_in, closes_in
):
    round_id = await make_round(
        app.state.database, app.state.keyring, opens_in=opens_in, closes_in=closes_in
    )
    poll = await make_poll(app.state.database, round_id)
    voter = await api.as_("resident", wards=(A1,))
    answer = await voter.put(path(poll.id), json=choosing(poll.options[0]))
    assert_problem(answer, 409, "poll_not_open")
    assert await stored(app) == (0, 0)


async def test_a_lost_slot_key_is_a_fault_and_records_nothing(api, app):
    poll = await open_poll_of(app)
    app.state.keyring.destroy_round(poll.round_id)
    voter = await api.as_("resident", wards=(A1,))
    answer = await voter.put(path(poll.id), json=choosing(poll.options[0]))
    assert_problem(answer, 503, "keys_missing")
    assert await stored(app) == (0, 0)


async def test_answers_201_first_and_200_when_replaced_with_a_receipt_without_the_choice(api, app):
    poll = await open_poll_of(app)
    voter = await api.as_("resident", wards=(A1,))
    receipts = []
    for status, option in ((201, 0), (200, 1), (200, 1)):
        answer = await voter.put(path(poll.id), json=choosing(poll.options[option]))
        assert answer.status_code == status, answer.text
        assert answer.headers["cache-control"] == "no-store"
        receipts.append(answer.json())
    assert [receipt["seq"] for receipt in receipts] == [1, 2, 3]
    assert len({receipt["leaf_hash"] for receipt in receipts}) == 3
    for receipt in receipts:
        assert set(receipt) == RECEIPT
        assert receipt["poll_id"] == str(poll.id)
        assert receipt["accepted"] is True
    assert await stored(app) == (1, 3)


async def test_a_resident_who_moves_replaces_their_ballot_of_the_round(api, app):
    round_id = await make_round(app.state.database, app.state.keyring)
    old = await make_poll(app.state.database, round_id, ward=A1)
    new = await make_poll(app.state.database, round_id, ward=A2)
    before = await api.as_("resident", wards=(A1,), subject="mover")
    after = await api.as_("resident", wards=(A2,), subject="mover")
    first = await before.put(path(old.id), json=choosing(old.options[0]))
    second = await after.put(path(new.id), json=choosing(new.options[0]))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["seq"] == 2
    assert await stored(app) == (1, 2)


async def test_the_plain_request_goes_at_once_and_a_peculiar_one_by_fastapi_to_the_same(api, app):
    poll = await open_poll_of(app)
    await app.state.ballots.polls.get(poll.id)
    went_at_once = watch_ways(app)
    body = json.dumps(choosing(*poll.options)).encode()
    voter = await api.as_("resident", wards=(A1,))
    plain = {"Content-Type": "application/json"}
    peculiar = (
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": "application/merge+json"},
    )
    first = await voter.put(path(poll.id), content=body, headers=plain)
    assert went_at_once == [True]
    assert await stored(app) == (1, 1)
    for headers in peculiar:
        again = await voter.put(path(poll.id), content=body, headers=headers)
        assert again.status_code == 200
        assert same_but_for(first, again) == []
    upper = await voter.put(path(str(poll.id).upper()), content=body, headers=plain)
    assert same_but_for(first, upper) == []

    async def pieces():
        yield body[:10]
        yield body[10:]

    chunked = await voter.put(path(poll.id), content=pieces(), headers=plain)
    assert same_but_for(first, chunked) == []
    assert went_at_once == [True, False, False, False, True]
    assert chunked.json()["seq"] == 5


def ballot_route(app) -> BallotRoute:
    found = (route for gate in app.router.routes for route in getattr(gate, "routes", ()))
    return next(route for route in found if isinstance(route, BallotRoute))


def watch_ways(app) -> list[bool]:
    """Return a list that grows with every ballot: whether it was taken from FastAPI's way."""
    ways: list[bool] = []
    route = ballot_route(app)
    ask = route.answer_at_once

    def asked(scope):
        answer = ask(scope)
        ways.append(answer is not None)
        return answer

    route.answer_at_once = asked
    return ways


def same_but_for(first, other) -> list[str]:
    """Return what two receipts differ in beyond the ballot's own number, hash, tag and request."""
    own = {"x-request-id", "etag", "ratelimit"}
    left = {k: v for k, v in first.headers.items() if k not in own}
    right = {k: v for k, v in other.headers.items() if k not in own}
    keys = [key for key in left.keys() | right.keys() if left.get(key) != right.get(key)]
    shown = [list(answer.json()) for answer in (first, other)]
    return keys + ([] if shown[0] == shown[1] else ["fields"])


async def test_forty_votes_at_once_of_each_of_25_residents_make_25_slots(api, app):
    poll = await open_poll_of(app)
    voters = [await api.as_("resident", wards=(A1,)) for _ in range(25)]

    async def vote(voter, option):
        return await voter.put(path(poll.id), json=choosing(poll.options[option % 3]))

    answers = await asyncio.gather(*(vote(v, n) for n in range(40) for v in voters))
    assert {answer.status_code for answer in answers} == {200, 201}
    assert sum(answer.status_code == 201 for answer in answers) == 25
    assert await stored(app) == (25, 1000)
    last = {a.json()["leaf_hash"] for a in answers if a.json()["seq"] == 40}
    async with app.state.database.reading() as session:
        kept = (await session.execute(select(Envelope.leaf_hash))).scalars()
        assert {leaf.hex() for leaf in kept} == last


async def stored(app) -> tuple[int, int]:
    """Return how many envelopes there are, and how many ballots they have seen."""
    async with app.state.database.reading() as session:
        counted = select(func.count(), func.coalesce(func.sum(Envelope.seq), 0))
        count, casts = (await session.execute(counted)).one()
    return count, casts


BODIES = (
    b"",
    b"null",
    b"[]",
    b'{"approved_options": "x"}',
    b'{"approved_options": [1]}',
    b'\xff{"approved_options": []}',
    b'{"approved_options": [NaN]}',
)
KINDS = ("application/json", "application/json;charset=utf-8", "text/plain", "")
TOKENS = ("resident", "elsewhere", "officer", "none", "broken", "other-scheme", "two-blanks")
QUERIES = ("", "?f=json", "?")


def any_request(luck: random.Random, poll, tokens) -> dict:
    """Return one request, more often sound than not in each of its parts."""
    options = [str(option) for option in [*poll.options, uuid.UUID(int=9)]]
    chosen = luck.choices(options, weights=(5, 5, 5, 1), k=luck.randrange(4))
    spelt = luck.choice([str.lower, str.upper, lambda text: text.replace("-", "")])
    sound = json.dumps({"approved_options": list(map(spelt, chosen))}).encode()
    target = luck.choices([str(poll.id), str(poll.id).upper(), "x"], weights=(8, 1, 1))[0]
    headers = {"Content-Type": luck.choices(KINDS, weights=(8, 1, 1, 1))[0]}
    token = tokens[luck.choices(TOKENS, weights=(12, 2, 2, 1, 1, 1, 1))[0]]
    if token is not None:
        headers["Authorization"] = token
    return {
        "method": "PUT",
        "url": path(target) + luck.choices(QUERIES, weights=(8, 1, 1))[0],
        "content": luck.choices([sound, luck.choice(BODIES)], weights=(6, 1))[0],
        "headers": headers,
    }


async def test_both_ways_answer_alike_whatever_is_sent(api, app):
    poll = await open_poll_of(app)
    await app.state.ballots.polls.get(poll.id)
    luck, route = random.Random(2026), ballot_route(app)
    token = (await api.as_("resident", wards=(A1,))).token
    tokens = {
        "resident": f"Bearer {token}",
        "elsewhere": f"Bearer {(await api.as_('resident', wards=(A2,))).token}",
        "officer": f"Bearer {(await api.as_('ward_officer', wards=(A1,))).token}",
        "none": None,
        "broken": f"Bearer {token}x",
        "other-scheme": f"bearer {token}",
        "two-blanks": f"Bearer  {token}",
    }
    ways, statuses = watch_ways(app), set()
    for _ in range(250):
        request = any_request(luck, poll, tokens)
        first = await api.client.request(**request)
        watched, route.answer_at_once = route.answer_at_once, lambda _: None
        second = await api.client.request(**request)
        route.answer_at_once = watched
        statuses.add(first.status_code)
        assert told(first) == told(second), request
    assert {True, False} <= set(ways)
    assert statuses >= {200, 201, 400, 401, 403, 415, 422}


def told(answer) -> tuple:
    """Return what an answer says, without what is its own: number, hash, tag, request, length."""
    own = {"x-request-id", "etag", "content-length", "ratelimit"}
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    body = answer.json()
    for field in ("seq", "leaf_hash", "instance", "promise"):
        body.pop(field, None)
    status = 200 if answer.status_code == 201 else answer.status_code
    return status, headers, body, list(body)
