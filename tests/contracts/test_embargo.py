"""Before the close, databases that differ only in what was chosen answer every public GET alike.

Twins are copies of one prepared service with the same keys; the same residents vote in the same
order, in one twin for the first option and in the other for the rest. Every public GET of the
OpenAPI document is then asked in every format by several callers, and compared byte for byte with
its headers, tags and quotas (P5b). A head of the log is taken before the copy and none after it: a
head holds the hash of sealed ballots, which are random even for equal choices. The audit trail's
head of the day is taken before, too: it holds the minute in which it was signed.
"""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, make_url, select

from app.domain.disclosure import coarse_turnout
from app.main import create_app
from app.models.polls import Envelope
from app.operations import polls_queries
from app.operations.audit_heads import keep_heads
from app.operations.open_data_registry import DATASETS
from app.routers import ballots as ballot_routes
from app.settings import Settings
from tests.conftest import _run_admin
from tests.factories import A1, ALDER
from tests.polling import leader_of, open_poll, publish_heads
from tests.refreshing import renewed
from tests.support import Api

pytestmark = pytest.mark.anyio

FIXED = {"X-Request-ID": "the-same-request"}
VOTERS = 25
UNTIL_LATER_S = 10**9
"""An interval of heads whose next tick nobody here lives to see."""
SOME_ID = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"
QUERIES = {
    "lat": "51.505",
    "lng": "-0.095",
    "leaf_hash": "ab" * 32,
    "first": "10",
    "second": "10",
}
PLACE = re.compile(r"\{(\w+)\}")
FORMATS = ("json", "geojson", "csv", "ics", "text")


@dataclass
class Prepared:
    """A service made ready to be copied: its database, keys, callers and the ids it holds."""

    settings: Settings
    ids: dict[str, str]
    poll: dict[str, Any]
    tokens: list[str]
    voters: list[str]
    latecomers: list[str]


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Api]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        while app.state.answers.revision == 0:  # noqa: ASYNC110 - the watcher tells nobody
            await asyncio.sleep(0.005)
        app.state.quotas.clock = lambda: 1000.0
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://s.example") as client:
            yield Api(client, app)


@pytest.fixture
async def prepared(settings: Settings) -> Prepared:
    """An open poll, a published set of priorities, and everybody's tokens."""
    settings = settings.model_copy(update={"log_interval_s": UNTIL_LATER_S})
    async with running(settings) as api:
        leader = await leader_of(api)
        auditor = await api.as_("auditor")
        refresh = await renewed(await api.as_("ward_officer", wards=(A1,)), "burglary")
        poll = await open_poll(leader)
        active = (await api.get(f"/v1/wards/{A1}/priorities")).json()["active_set"]
        residents = [await api.as_("resident", wards=(A1,)) for _ in range(VOTERS + 6)]
        tokens = [resident.token or "" for resident in residents]
        await vote(api, poll, tokens[:VOTERS], 3)
        assert await publish_heads(api) == 1
        await keep_heads(api.app.state.database, api.app.state.keyring, None)
    ids = {
        "ward_code": A1,
        "borough_code": ALDER,
        "poll_id": poll["id"],
        "round_id": poll["round"]["id"],
        "refresh_id": refresh["id"],
        "set_id": active["id"],
        "priority_id": active["priorities"][0]["id"],
    }
    staff = [caller.token or "" for caller in (leader, auditor)]
    voters, latecomers = tokens[:VOTERS], tokens[VOTERS:]
    return Prepared(settings, ids, poll, ["", tokens[0], *staff], voters, latecomers)


@asynccontextmanager
async def twin_of(prepared: Prepared, name: str, folder: Path) -> AsyncIterator[Api]:
    """Run a copy of the prepared service."""
    keys, url = folder / f"keys-{name}", make_url(prepared.settings.database_url)
    shutil.copytree(prepared.settings.key_store, keys)
    if url.get_backend_name() == "sqlite":
        copy = url.set(database=str(folder / f"{name}.sqlite3"))
        shutil.copy(url.database or "", copy.database or "")
    else:
        server, copy = url.set(database="postgres"), url.set(database=f"{url.database}_{name}")
        admin = server.render_as_string(hide_password=False)
        await _run_admin(admin, f"CREATE DATABASE {copy.database} TEMPLATE {url.database}")
    changes = {"database_url": copy.render_as_string(hide_password=False), "key_store": keys}
    try:
        async with running(prepared.settings.model_copy(update=changes)) as api:
            yield api
    finally:
        if url.get_backend_name() != "sqlite":
            await _run_admin(admin, f"DROP DATABASE {copy.database} WITH (FORCE)")


async def vote(api: Api, poll: dict[str, Any], tokens: Sequence[str], *places: int) -> None:
    """Let everybody vote for the options at these places, and some once more."""
    chosen = [poll["options"][place]["id"] for place in places]
    path = f"/v1/polls/{poll['id']}/ballot"
    for token in [*tokens, *tokens[:7]]:
        voter = Api(api.client, api.app, token)
        answer = await voter.put(path, json={"approved_options": chosen})
        assert answer.status_code in {200, 201}, answer.text


def public_addresses(document: dict[str, Any], ids: dict[str, str]) -> list[str]:
    """Return every public GET with real ids, in every format it takes."""
    addresses = []
    for path, operations in document["paths"].items():
        operation = operations.get("get")
        if operation is None or operation["x-access"] != "public":
            continue
        parameters = [p for p in operation.get("parameters", ()) if "in" in p]
        names = {p["name"] for p in parameters if p["in"] == "query"}
        query = "&".join(f"{n}={v}" for n, v in QUERIES.items() if n in names)
        kinds = FORMATS if "f" in names else ("",)
        for one, its in each_dataset(path, kinds):
            filled = PLACE.sub(lambda name: ids.get(name[1], SOME_ID), one)
            addresses += [f"{filled}?{query}" + (f"&f={kind}" if kind else "") for kind in its]
    return addresses


def each_dataset(path: str, kinds: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield a path with its formats, or once for every dataset of open data, if it names one."""
    if "{dataset}" not in path:
        yield path, kinds
        return
    for name, found in DATASETS.items():
        yield path.replace("{dataset}", name), found.told.formats if len(kinds) > 1 else kinds


async def everything(api: Api, prepared: Prepared) -> dict[tuple[int, str], Any]:
    """Return every byte and header that anybody is told."""
    seen = {}
    for number, token in enumerate(prepared.tokens):
        caller = Api(api.client, api.app, token or None)
        for address in public_addresses(api.app.openapi(), prepared.ids):
            answer = await caller.get(address, headers=FIXED)
            seen[number, address] = (
                answer.status_code,
                answer.content,
                answer.headers.multi_items(),
            )
    return seen


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    assert one.keys() == other.keys()
    return [key for key in one if one[key] != other[key]]


async def told_by_twin(prepared: Prepared, name: str, folder: Path, *places: int) -> Any:
    async with twin_of(prepared, name, folder) as api:
        if places:
            await vote(api, prepared.poll, prepared.voters, *places)
        return await everything(api, prepared)


async def test_twins_that_differ_only_in_choices_answer_alike(prepared, tmp_path):
    one = await told_by_twin(prepared, "one", tmp_path, 0)
    other = await told_by_twin(prepared, "other", tmp_path, 1, 2)
    assert differences(one, other) == []
    found = [address for (_, address), answer in one.items() if answer[0] == 200]
    assert len(found) > len(one) / 2, "too few addresses were found"
    about_the_poll = [a for a in found if prepared.poll["id"] in a]
    assert about_the_poll
    told = one[0, f"/v1/polls/{prepared.poll['id']}?"]
    assert b'"at_least":20' in told[1], "the poll has votes"


async def test_nothing_tells_before_the_next_head_that_somebody_voted(prepared, tmp_path):
    """Not even to whoever brought the ward to one below a ten: six new ballots make 31 of 25."""
    nobody = await told_by_twin(prepared, "nobody", tmp_path)
    prepared.voters = prepared.latecomers
    some = await told_by_twin(prepared, "some", tmp_path, 0)
    assert differences(nobody, some) == []


async def test_a_turnout_that_is_counted_when_asked_is_found(prepared, tmp_path, monkeypatch):
    """The control of the last one."""

    async def counted(session: Any, poll_ids: Any) -> Any:
        ballots = select(Envelope.poll_id, func.count()).group_by(Envelope.poll_id)
        found = dict((await session.execute(ballots)).all())
        return {poll_id: coarse_turnout(found.get(poll_id, 0)) for poll_id in poll_ids}

    monkeypatch.setattr(polls_queries, "find_turnouts", counted)
    nobody = await told_by_twin(prepared, "nobody", tmp_path)
    prepared.voters = prepared.latecomers
    some = await told_by_twin(prepared, "some", tmp_path, 0)
    assert any(prepared.poll["id"] in address for _, address in differences(nobody, some))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_count_planted_in_an_answer_is_found(prepared, tmp_path, monkeypatch):
    """The control: an answer that tells how many approve the first option."""
    tally = [0]
    cast, first = ballot_routes.ballots.cast_ballot, prepared.poll["options"][0]["id"]

    async def leaking(box: Any, caller: Any, poll_id: Any, approved: Any) -> Any:
        tally[0] += any(str(option) == first for option in approved)
        return await cast(box, caller, poll_id, approved)

    monkeypatch.setattr(ballot_routes.ballots, "cast_ballot", leaking)

    async def tallied(_: Any, poll_ids: Any) -> Any:
        return dict.fromkeys(poll_ids, tally[0])

    monkeypatch.setattr(polls_queries, "find_turnouts", tallied)
    one = await told_by_twin(prepared, "one", tmp_path, 0)
    tally[0] = 0
    other = await told_by_twin(prepared, "other", tmp_path, 1, 2)
    assert any(prepared.poll["id"] in address for _, address in differences(one, other))
