"""Mail scanners open and post every link, run its script, and still sign nobody in (P11).

SCANNED says how many mails (100 unless set; `SCANNED=1000` is the long run).
"""

import asyncio
import os
import re
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select

from app.models.residents import ResidentSession, SignIn
from app.operations import sign_ins
from app.settings import Settings
from tests.operations.test_mails import office
from tests.signing_in import code_in, link_in

pytestmark = pytest.mark.anyio

MAILS = int(os.environ.get("SCANNED", "100"))
OURS = ("INSERT", "anchor", "resident")
"""Words in the statements that asking for a code may make, and that sending mail never does."""
ASKED = ContextVar("ASKED", default=False)
"""Set in the test itself, and so in the requests that it makes."""
URL = re.compile(r"https?://\S+")
__all__ = ["office"]
"""A fixture, used by its name."""


@pytest.fixture
def settings(database_url, tmp_path, office) -> Settings:
    return Settings(database_url=database_url, key_store=tmp_path / "keys", smtp_url=office.url)


async def ask(client: httpx.AsyncClient, number: int) -> tuple[str, str, dict[str, str]]:
    """Ask for a code as somebody with a browser of their own."""
    email = f"resident-{number}@resident.example"
    client.cookies.clear()
    answer = await client.post("/v1/sign-ins", json={"email": email})
    assert answer.status_code == 202
    return email, answer.json()["id"], {"Cookie": f"sign-in={answer.cookies['sign-in']}"}


async def scan(client: httpx.AsyncClient, text: str) -> list[int]:
    """Do to every link of a mail what scanners do, three times each; its script too."""
    client.cookies.clear()
    statuses = []
    for link in URL.findall(text):
        address = httpx.URL(link)
        for method in ("HEAD", "GET", "POST") * 3:
            answer = await client.request(method, address.path)
            statuses.append(answer.status_code)
    _, sign_in_id, token = link_in(text)
    path = f"/v1/sign-ins/{sign_in_id}/session"
    for _ in range(3):
        statuses.append((await client.post(path, json={"token": token})).status_code)
        statuses.append((await client.get(path, params={})).status_code)
    return statuses


def text_of(message) -> str:
    """Return the text of a mail as a person reads it."""
    text: str = message.get_payload(decode=True).decode().replace("\r\n", "\n")
    return text


async def mails_of(office, number: int) -> dict[str, str]:
    """Return the texts that arrived, by receiver."""
    for _ in range(600):
        if len(office.mails) >= number:
            break
        await asyncio.sleep(0.1)
    return {to: text_of(message) for to, message in office.mails}


async def test_a_scanner_gets_no_session_and_locks_nobody_out(api, office):
    client = api.client
    people = [await ask(client, number) for number in range(MAILS)]
    texts = await mails_of(office, MAILS)
    assert len(texts) == MAILS
    for text in texts.values():
        statuses = await scan(client, text)
        assert 201 not in statuses
        assert set(statuses) <= {200, 405, 409}
    assert await count(api, ResidentSession) == 0
    assert await count(api, SignIn) == MAILS
    for number, (email, sign_in_id, browser) in enumerate(people):
        client.cookies.clear()
        link = {"token": link_in(texts[email])[2]}
        proof = link if number % 2 else {"code": code_in(texts[email])}
        headers = browser if number % 2 else {}
        path = f"/v1/sign-ins/{sign_in_id}/session"
        answer = await client.post(path, json=proof, headers=headers)
        assert answer.status_code == 201, answer.text
    assert await count(api, ResidentSession) == MAILS


async def test_the_same_scanner_gets_in_where_links_are_not_bound_to_a_browser(
    api, office, monkeypatch
):
    """The control: magic links as most projects build them."""
    monkeypatch.setattr(sign_ins, "_check_link", lambda *_: None)
    await ask(api.client, 1)
    (text,) = (await mails_of(office, 1)).values()
    assert 201 in await scan(api.client, text)
    assert await count(api, ResidentSession) == 1


async def test_a_known_mailbox_costs_the_same_statements_as_an_unknown_one(api, app, office):
    await signed_in_by_mail(api, office, "known@resident.example")
    said: list[str] = []
    engine = app.state.database.engine.sync_engine

    def hear(*args: Any) -> None:
        if ASKED.get():  # what the service does beside its requests is no matter
            said.append(args[2])

    event.listen(engine, "before_cursor_execute", hear)
    ASKED.set(True)

    async def statements(email: str) -> list[str]:
        said.clear()
        answer = await api.client.post("/v1/sign-ins", json={"email": email})
        assert answer.status_code == 202
        return [text for text in said if any(word in text for word in OURS)]

    unknown = await statements("nobody@resident.example")
    assert sum("sign_in" in text for text in unknown) == 1
    assert await statements("known@resident.example") == unknown
    for _ in range(5):
        got_its_mails = await statements("known@resident.example")
    assert got_its_mails == unknown


async def signed_in_by_mail(api, office, email: str) -> None:
    """Sign somebody in who reads their mail."""
    answer = await api.client.post("/v1/sign-ins", json={"email": email})
    text = (await mails_of(office, 1))[email]
    path = f"/v1/sign-ins/{answer.json()['id']}/session"
    assert (await api.client.post(path, json={"code": code_in(text)})).status_code == 201


async def count(api, table) -> int:
    async with api.app.state.database.reading() as session:
        found: int = (await session.execute(select(func.count()).select_from(table))).scalar_one()
        return found
