"""What tests of residents need: a mailbox read in evaluation mode, somebody signed in by code."""

import re
from typing import Any

import httpx

from tests.support import Api

CODE = re.compile(r"^([0-9A-Z]{4}-[0-9A-Z]{4})$", re.MULTILINE)
LINK = re.compile(r"^(\S+)#(\S+)\.(\S+)$", re.MULTILINE)


async def asked(api: Api, email: str) -> dict[str, Any]:
    """Ask for a code and return the sign-in that waits."""
    answer = await api.post("/v1/sign-ins", json={"email": email}, key="")
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def mail_to(api: Api, email: str) -> str:
    """Return the text of the newest mail that waits for a mailbox."""
    answer = await api.get("/evaluation/mails", params={"to": email})
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["items"][0]["text"]
    return text


def code_in(text: str) -> str:
    """Return the code of a mail."""
    found = CODE.search(text)
    assert found is not None, text
    return found[1]


def link_in(text: str) -> tuple[str, str, str]:
    """Return page, sign-in and token of a mail's link."""
    found = LINK.search(text)
    assert found is not None, text
    return found[1], found[2], found[3]


async def prove(api: Api, sign_in: dict[str, Any], **proof: str) -> httpx.Response:
    """Send a code or token for a sign-in."""
    return await api.post(f"/v1/sign-ins/{sign_in['id']}/session", json=proof, key="")


async def signed_in(api: Api, email: str, *, ward: str | None = None) -> Api:
    """Return the service as whoever reads this mailbox sees it, at home where told."""
    sign_in = await asked(api, email)
    answer = await prove(api, sign_in, code=code_in(await mail_to(api, email)))
    assert answer.status_code == 201, answer.text
    resident = Api(api.client, api.app, answer.json()["access_token"])
    if ward is not None:
        told = await resident.patch("/v1/me", json={"ward": ward})
        assert told.status_code == 200, told.text
    return resident
