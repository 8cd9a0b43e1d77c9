"""Bodies and acts that the tests of disputes share."""

from typing import Any

import httpx

from tests import polling, priorities
from tests.factories import A1, B1
from tests.support import Api

TEXT = "The mews was never patrolled; Sam Sample of number 7 kept a diary of it."
REDACTED = "The mews was never patrolled; [redacted] kept a diary of it."
ANSWER = {"answer": "We patrolled on four evenings, as the log of the panel shows."}
UPHELD = {"decision": "upheld", "reason": "The log shows two evenings, not four."}


def dispute_of(target_id: str, kind: str = "priority_outcome", **more: Any) -> dict[str, Any]:
    """Return the body of a dispute."""
    return {"target": {"kind": kind, "id": target_id}, "text": TEXT, **more}


def of_commitment(area_code: str, code: str = "C01", as_of: str = "2026-03-01") -> dict[str, Any]:
    """Return the body of a dispute of a commitment's status."""
    target = {"kind": "commitment_status", "id": code, "area_code": area_code, "as_of": as_of}
    return {"target": target, "text": TEXT}


async def ended_priority(api: Api, concern: str = "burglary", ward: str = A1) -> tuple[Api, str]:
    """Return an officer of the ward, and the priority that they said was delivered."""
    officer, opened = await priorities.open_set(api, concern, ward=ward)
    priority_id: str = opened["priorities"][0]["id"]
    path = f"/v1/priorities/{priority_id}/outcomes"
    await polling.made(await officer.post(path, json=priorities.OUTCOME))
    return officer, priority_id


async def filed(api: Api, body: dict[str, Any]) -> tuple[Api, dict[str, Any]]:
    """Return a resident of another ward, and the dispute that they filed."""
    resident = await api.as_("resident", wards=(B1,))
    return resident, await polling.made(await resident.post("/v1/disputes", json=body))


async def step(
    api: Api, dispute: dict[str, Any], verb: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    """Try a step of a dispute."""
    options = {} if body is None else {"json": body}
    return await api.post(f"/v1/disputes/{dispute['id']}/{verb}", **options)


async def act(
    api: Api, dispute: dict[str, Any], verb: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Take a step of a dispute that must succeed, and return the dispute."""
    answer = await step(api, dispute, verb, body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def seen(api: Api, dispute: dict[str, Any]) -> dict[str, Any]:
    """Return a dispute as a caller sees it now."""
    answer = await api.get(f"/v1/disputes/{dispute['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
