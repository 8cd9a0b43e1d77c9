"""Quotas as clients meet them: fields on every answer, refusals, who is charged for what."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, text

from app.domain.quotas import STRICT, Policy
from app.errors import BusyError, QuotaExceededError
from app.main import create_app
from app.models.quotas import Quota
from app.settings import Settings
from tests.ballot_polls import open_poll_of
from tests.factories import A1
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio
NOON = datetime(2100, 6, 1, 12, tzinfo=UTC)
"""Ahead of the clock, so that the chore that forgets old counts leaves these alone."""


@pytest.fixture
def settings(database_url, tmp_path):
    """As in production: 5 reads a second and address, 7 a second and caller, 6 ballots a minute."""
    return Settings(
        database_url=database_url,
        key_store=tmp_path / "keys",
        reads_per_second=5,
        keyed_per_second=7,
        ballots_per_minute=6,
    )


@pytest.fixture(autouse=True)
def _no_time_passes(app):
    """Stop the clock of the quotas, so that a slow machine measures the same."""
    app.state.quotas.clock = lambda: 1000.0


def from_address(app, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(host, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://service.example")


async def test_refuses_an_address_that_asks_too_much_and_says_when_to_come_back(api: Api, app):
    answers = [await api.get("/v1/boroughs") for _ in range(16)]
    assert [a.status_code for a in answers] == [200] * 15 + [429]
    refused = answers[-1]
    assert_problem(refused, 429, "quota_exceeded")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-policy"] == '"anonymous";q=15;w=3'
    assert refused.headers["ratelimit"] == '"anonymous";r=0;t=1'
    assert answers[0].headers["ratelimit"] == '"anonymous";r=14;t=1'
    async with from_address(app, "198.51.100.9") as other:
        assert (await other.get("/v1/boroughs")).status_code == 200


async def test_charges_errors_and_ready_answers_too(api: Api):
    addresses = ["/v1/boroughs", "/v1/nothing", "/v1/boroughs?x=1", "/version", "/openapi.json"]
    left = [(await api.get(address)).headers["ratelimit"] for address in addresses]
    assert left == [f'"anonymous";r={left};t=1' for left in (14, 13, 12, 11, 10)]


async def test_counts_an_ipv6_home_as_one_and_another_as_another(app):
    for number in range(15):
        async with from_address(app, f"2001:db8:1:1::{number:x}") as one:
            assert (await one.get("/v1/boroughs")).status_code == 200
    async with from_address(app, "2001:db8:1:1:ffff::1") as one:
        assert (await one.get("/v1/boroughs")).status_code == 429
    async with from_address(app, "2001:db8:1:2::1") as one:
        assert (await one.get("/v1/boroughs")).status_code == 200


async def test_health_and_preflights_are_free(api: Api):
    for _ in range(20):
        health = await api.get("/healthz")
        assert (health.status_code, "ratelimit" in health.headers) == (200, False)
        asked = await api.request(
            "OPTIONS", "/v1/boroughs", headers={"Origin": "https://a.example"}
        )
        assert asked.status_code == 204


async def test_browsers_may_read_the_fields(api: Api):
    answer = await api.get("/v1/boroughs", headers={"Origin": "https://a.example"})
    exposed = answer.headers["access-control-expose-headers"]
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(exposed.split(", "))


async def test_charges_whoever_is_signed_in_and_not_their_address(api: Api):
    officer = await api.as_("ward_officer", wards=(A1,))
    told = [(await officer.get("/v1/polls")).headers["ratelimit-policy"] for _ in range(3)]
    assert told == ['"anonymous";q=15;w=3', '"signed-in";q=7;w=1', '"signed-in";q=7;w=1']
    answers = [await officer.get("/v1/polls") for _ in range(8)]
    assert answers[-1].status_code == 429
    assert (await api.get("/v1/boroughs")).status_code == 200


async def test_made_up_tokens_are_charged_to_the_address(api: Api):
    statuses = []
    for number in range(17):
        made_up = {"Authorization": f"Bearer made-up-{number}"}
        statuses.append((await api.get("/v1/rounds", headers=made_up)).status_code)
    assert statuses[-2:] == [429, 429]


async def test_charges_ballots_to_the_voter_however_they_are_sent(api: Api, app):
    poll = await open_poll_of(app)
    path = f"/v1/polls/{poll.id}/ballot"
    body = {"approved_options": [str(poll.options[0])]}
    voter = await api.as_("resident", wards=(A1,))
    plain = [await voter.put(path, json=body) for _ in range(4)]
    unusual = [
        await voter.put(
            path, json=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
        for _ in range(3)
    ]
    answers = [*plain, *unusual]
    assert [a.status_code for a in answers] == [201] + [200] * 5 + [429]
    assert_problem(answers[-1], 429, "quota_exceeded")
    assert [a.headers["ratelimit"] for a in answers] == [
        f'"ballots";r={r};t={t}'
        for r, t in zip((5, 4, 3, 2, 1, 0, 0), (10, 20, 30, 40, 50, 60, 10), strict=True)
    ]
    neighbour = await api.as_("resident", wards=(A1,))
    assert (await neighbour.put(path, json=body)).status_code == 201


async def test_counts_exactly_in_the_database_whoever_asks_at_once(app, database):
    quotas, policy = app.state.quotas, STRICT.mails_to_address

    async def one() -> bool:
        try:
            await quotas.take(database, policy, "canary@post.example", NOON)
        except QuotaExceededError as refused:
            waits.append(refused.seconds)
            return False
        return True

    waits: list[int] = []
    assert sum(await asyncio.gather(*(one() for _ in range(20)))) == 5
    assert waits == [720] * 15
    later = NOON + timedelta(seconds=720)
    async with database.writing() as session:
        await quotas.take(session, policy, "canary@post.example", later)
        await quotas.take(session, policy, "another@post.example", later)
        with pytest.raises(QuotaExceededError):
            await quotas.take(session, policy, "canary@post.example", later)
    async with database.reading() as session:
        kept = (await session.execute(select(Quota.key_hash, Quota.full_at_ms))).all()
    assert len(kept) == 2
    assert all(b"canary" not in key_hash and full_at % 1000 == 0 for key_hash, full_at in kept)


async def test_gives_nothing_that_it_cannot_count(app, database):
    async with database.writing() as session:
        await session.execute(text("DROP TABLE quota"))
    with pytest.raises(BusyError):
        await app.state.quotas.take(database, STRICT.mails_to_address, "canary@post.example", NOON)


async def test_forgets_a_quota_that_is_all_back(app, database):
    quotas, old = app.state.quotas, datetime(2020, 1, 1, tzinfo=UTC)
    await quotas.take(database, Policy("anonymous", 60, 3), "192.0.2.1", old)
    await quotas.take(database, STRICT.mails_to_address, "canary@post.example", datetime.now(UTC))
    await quotas.forget()
    async with database.reading() as session:
        assert len((await session.execute(select(Quota.key_hash))).all()) == 1


async def test_reads_go_on_and_ballots_get_their_fair_share_while_processes_cannot_agree(
    settings, database
):
    app = create_app(settings.model_copy(update={"quota_processes": 2}), database)
    quotas = app.state.quotas
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE quota RENAME TO quota_away"))
    assert sum(quotas.charge("192.0.2.1", None).given for _ in range(20)) == 15
    await quotas.share()
    database.outage.is_on = True
    await quotas.share()
    database.outage.is_on = False
    assert sum(quotas.charge_ballot("somebody").given for _ in range(20)) == 3
    assert sum(quotas.charge("192.0.2.2", None).given for _ in range(20)) == 15
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE quota_away RENAME TO quota"))
    await quotas.share()
    assert sum(quotas.charge_ballot("somebody else").given for _ in range(20)) == 6
