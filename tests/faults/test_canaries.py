"""Canaries: who somebody is, what they chose and what proves it stay out of logs and problems.

One resident goes through sign-in, a home, a vote, mistakes and faults; every log line, as it is
written in production, and every answer of 400 and above is searched for what only they know (P23).
"""

import io
import logging
import uuid
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from app.logs import JsonFormatter
from app.operations import sign_ins
from tests.factories import A1
from tests.polling import leader_of, open_poll
from tests.signing_in import asked, code_in, link_in, mail_to, prove
from tests.support import Api

pytestmark = pytest.mark.anyio

MAILBOX = "canary.mailbox+stall@post.example"
ADDRESS = "203.0.113.77"
POSTCODE = "AL1 9ZZ"
NO_OPTION = str(uuid.uuid4())


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, in the words in which production writes it, and finer."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(lambda record: not record.name.startswith("http"))  # the test's own client
    root, own = logging.getLogger(), logging.getLogger("app")
    levels = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    own.setLevel(logging.DEBUG)
    yield output
    root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


class Watched(Api):
    """The service, with every refusal and fault kept."""

    kept: list[str]

    async def request(self, method: str, path: str, **options) -> httpx.Response:
        answer = await super().request(method, path, **options)
        if answer.status_code >= 400:
            self.kept.append(f"{answer.status_code} {answer.text} {answer.headers}")
        return answer


@pytest.fixture
async def watched(app) -> Watched:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(ADDRESS, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://s.example") as client:
        api = Watched(client, app)
        api.kept = []
        yield api


def somebody(api: Watched, token: str) -> Watched:
    caller = Watched(api.client, api.app, token)
    caller.kept = api.kept
    return caller


async def sign_in_with_mistakes(api: Watched) -> dict[str, str]:
    """Sign in after wrong codes and a malformed address; return what only the resident knows."""
    await api.post("/v1/sign-ins", json={"email": f"{MAILBOX} "}, key="")
    await api.post("/v1/sign-ins", json={"email": MAILBOX, "postcode": POSTCODE}, key="")
    await api.post("/v1/sign-ins", json={"email": MAILBOX.replace("@", "")}, key="")
    sign_in = await asked(api, MAILBOX)
    mail = await mail_to(api, MAILBOX)
    code, (_, _, link) = code_in(mail), link_in(mail)
    await prove(api, sign_in, code="0000-0000")
    await prove(api, sign_in, code=code, token=link)
    await prove(api, {"id": str(uuid.uuid4())}, code=code)
    answer = await prove(api, sign_in, code=code)
    assert answer.status_code == 201, answer.text
    await prove(api, sign_in, code=code)
    token = answer.json()["access_token"]
    return {"mailbox": "canary.mailbox", "code": code, "link": link, "token": token}


async def vote_with_mistakes(api: Watched, token: str, poll: dict) -> str:
    """Vote after wrong ballots; return the choice that was refused."""
    voter, path = somebody(api, token), f"/v1/polls/{poll['id']}/ballot"
    await voter.patch("/v1/me", json={"ward": A1, "postcode": POSTCODE})
    await voter.patch("/v1/me", json={"ward": A1})
    await voter.put(path, json={"approved_options": [NO_OPTION]})
    await voter.put(path, json={"approved_options": [NO_OPTION, 7]})
    torn = f'{{"approved_options": ["{NO_OPTION}"'.encode()
    await voter.put(path, content=torn)
    await voter.put(path, content=torn, headers={"Content-Type": "application/json"})
    await voter.put(path, json={"approved_options": [poll["options"][0]["id"]]})
    await voter.post("/v1/rounds", json={"title": NO_OPTION})
    await somebody(api, f"{token}x").get("/v1/me")
    await api.get("/v1/locate", params={"postcode": POSTCODE})
    await api.get("/v1/locate", params={"postcode": POSTCODE, "lat": "51"})
    return str(poll["options"][0]["id"])


async def meet_faults(api: Watched, token: str, poll: dict) -> None:
    """Do it again while the tables are away, so that every step ends in a fault."""
    database = api.app.state.database
    for table in ("envelope", "resident_session", "sign_in", "postcode"):
        async with database.writing() as session:
            await session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    voter = somebody(api, token)
    path, chosen = f"/v1/polls/{poll['id']}/ballot", [poll["options"][0]["id"]]
    await voter.put(path, json={"approved_options": chosen})
    await voter.get("/v1/me")
    await api.post("/v1/sign-ins", json={"email": MAILBOX}, key="")
    await api.get("/v1/locate", params={"postcode": POSTCODE})


async def go_through_it_all(api: Watched) -> dict[str, str]:
    poll = await open_poll(await leader_of(api), times={"min_level": 0})
    canaries = await sign_in_with_mistakes(api)
    choice = await vote_with_mistakes(api, canaries["token"], poll)
    await meet_faults(api, canaries["token"], poll)
    spellings = {"code in one": canaries["code"].replace("-", ""), "plus": "+stall"}
    homes = {"postcode": POSTCODE, "postcode in one": POSTCODE.replace(" ", "")}
    return canaries | spellings | homes | {"choice": choice, "no choice": NO_OPTION, "ip": ADDRESS}


def found_in(held: str, canaries: dict[str, str]) -> list[str]:
    return [name for name, canary in canaries.items() if canary.lower() in held.lower()]


async def test_no_log_line_and_no_problem_holds_a_canary(watched: Watched, logged: io.StringIO):
    canaries = await go_through_it_all(watched)
    statuses = {kept[:3] for kept in watched.kept}
    assert {"400", "401", "403", "404", "422"} <= statuses
    assert statuses & {"500", "503"}, "no fault was met"
    assert logged.getvalue().count("\n") > 0
    assert found_in(logged.getvalue(), canaries) == []
    assert [
        (found_in(kept, canaries), kept) for kept in watched.kept if found_in(kept, canaries)
    ] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_canary_in_one_log_line_is_found(
    watched: Watched, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    """The control: one careless line where addresses are read."""
    known = sign_ins.parse_address

    def careless(*given):
        logging.getLogger("app.operations.sign_ins").info("a sign-in for %s", given)
        return known(*given)

    monkeypatch.setattr(sign_ins, "parse_address", careless)
    await asked(watched, MAILBOX)
    assert found_in(logged.getvalue(), {"mailbox": "canary.mailbox"}) == ["mailbox"]
