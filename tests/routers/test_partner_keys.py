"""Partners' keys over HTTP: shown once, good for their scope and boroughs, gone in five seconds."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from app.dependencies import unit_of_work
from app.domain.partners import read_key
from app.main import create_app
from app.models.identity import IdempotentAnswer
from app.models.partner_keys import PartnerKey
from app.settings import Settings
from tests.factories import A1, ALDER, B1, BIRCH
from tests.polling import made
from tests.refreshing import finding
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio


def wanted(**changes: Any) -> dict[str, Any]:
    """Return the body of a key for Alder."""
    ends = datetime.now(UTC) + timedelta(days=90)
    body = {"partner": "Synthetic board", "scopes": ["evidence:write"], "boroughs": [ALDER]}
    return {**body, "expires_at": ends.isoformat(), **changes}


async def make(api: Api, **changes: Any) -> dict[str, Any]:
    admin = await api.as_("admin")
    return await made(await admin.post("/v1/partner-keys", json=wanted(**changes)))


async def turn(api: Api, key: dict[str, Any], to: str) -> httpx.Response:
    admin = await api.as_("admin")
    return await admin.patch(f"/v1/partner-keys/{key['id']}", json={"status": to})


async def live(api: Api, **changes: Any) -> tuple[dict[str, Any], Api]:
    """Return a key in force, and the service as its holder sees it."""
    key = await make(api, **changes)
    await made(await turn(api, key, "active"))
    return key, Api(api.client, api.app, key["key"])


async def submit(partner: Api, **more: Any) -> httpx.Response:
    return await partner.post("/v1/evidence", json=finding(**more))


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"scopes": []}, 422),
        ({"scopes": ["priorities:write"]}, 422),
        ({"boroughs": []}, 422),
        ({"boroughs": ["E09999999"]}, 404),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"expires_at": "2190-01-01T00:00:00Z"}, 422),
        ({"partner": " "}, 422),
        ({"status": "active"}, 422),
    ],
)
async def test_refuses_a_key_that_is_too_wide_or_lasts_too_long(
    api: Api, changes: dict[str, Any], status: int
) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/partner-keys", json=wanted(**changes))
    assert answer.status_code == status, answer.text
    assert (await admin.get("/v1/partner-keys")).json()["items"] == []


async def test_refuses_a_key_until_another_admin_puts_it_in_force(api: Api) -> None:
    maker = await api.as_("admin")
    key = await made(await maker.post("/v1/partner-keys", json=wanted()))
    partner = Api(api.client, api.app, key["key"])
    assert_problem(await submit(partner), 401, "not_authenticated")
    path = f"/v1/partner-keys/{key['id']}"
    answer = await maker.patch(path, json={"status": "active"})
    assert_problem(answer, 403, "second_person_required")
    await made(await turn(api, key, "active"))
    assert (await submit(partner)).status_code == 201


async def test_shows_the_secret_once_and_stores_only_its_hash(api: Api) -> None:
    admin, body = await api.as_("admin"), wanted()
    first = await made(await admin.post("/v1/partner-keys", json=body, key="once"))
    again = (await admin.post("/v1/partner-keys", json=body, key="once")).json()
    assert again == {**first, "key": None}
    listed = await admin.get("/v1/partner-keys")
    presented = read_key(first["key"])
    assert presented is not None
    assert presented.secret not in listed.text
    async with api.app.state.database.reading() as session:
        kept = [bytes(body) for body in await session.scalars(select(IdempotentAnswer.body))]
        row = await session.get_one(PartnerKey, UUID(first["id"]))
    assert not any(presented.secret.encode() in body for body in kept)
    assert (len(row.secret_sha256), row.status) == (32, "inactive")
    trail = (await (await api.as_("auditor")).get("/v1/audit")).text
    assert presented.secret not in trail


async def test_refuses_whatever_is_not_exactly_the_key(api: Api) -> None:
    key, partner = await live(api)
    handle, secret = key["handle"], key["key"][-43:]
    for text in (
        f"wpk_live_{handle}_{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
        f"wpk_live_{handle}_{secret[:-1]}",
        f"wpk_live_{handle}_{secret}x",
        f"wpk_test_{handle}_{secret}",
        f"wpk_live_{'a' * 12}_{secret}",
        f"wpk_live_{handle}_",
        "wpk_",
    ):
        answer = await submit(Api(api.client, api.app, text))
        assert_problem(answer, 401, "not_authenticated")
    assert (await submit(partner)).status_code == 201


async def test_opens_only_the_boroughs_it_names(api: Api) -> None:
    _, partner = await live(api)
    elsewhere = await submit(partner, borough_code=BIRCH, ward_code=B1)
    assert_problem(elsewhere, 403, "outside_territory")


async def test_opens_nothing_its_scopes_do_not_name(api: Api) -> None:
    key, partner = await live(api)
    async with unit_of_work(api.app.state.database) as session:
        mine = update(PartnerKey).where(PartnerKey.id == UUID(key["id"]))
        await session.execute(mine.values(scopes=["something:else"]))
    assert "scopes" in assert_problem(await submit(partner), 403, "not_allowed")["detail"]


async def test_opens_no_staff_operation(api: Api) -> None:
    _, partner = await live(api)
    for path in ("/v1/officers", "/v1/postings", "/v1/approvals", "/v1/partner-keys"):
        assert_problem(await partner.get(path), 403, "not_allowed")


async def test_refuses_a_key_after_its_end(api: Api) -> None:
    key, partner = await live(api)
    async with unit_of_work(api.app.state.database) as session:
        mine = update(PartnerKey).where(PartnerKey.id == UUID(key["id"]))
        await session.execute(mine.values(expires_at=datetime.now(UTC)))
    assert_problem(await submit(partner), 401, "not_authenticated")
    shown = await (await api.as_("admin")).get(f"/v1/partner-keys/{key['id']}")
    assert shown.json()["status"] == "expired"


async def test_refuses_a_revoked_key_within_five_seconds_in_every_process(
    api: Api, settings: Settings
) -> None:
    key, partner = await live(api)
    other = create_app(settings)
    transport = httpx.ASGITransport(app=other, raise_app_exceptions=False)
    async with (
        other.router.lifespan_context(other),
        httpx.AsyncClient(transport=transport, base_url="http://service.example") as client,
    ):
        elsewhere = Api(client, other, key["key"])
        assert {(await submit(one)).status_code for one in (partner, elsewhere)} == {201}
        assert (await turn(api, key, "revoked")).status_code == 200
        revoked_at = time.monotonic()
        while {(await submit(one)).status_code for one in (partner, elsewhere)} != {401}:
            assert time.monotonic() - revoked_at < 5
            await asyncio.sleep(0.2)


async def test_lets_two_keys_live_at_once_and_never_a_third(api: Api) -> None:
    keys = [await make(api) for _ in range(4)]
    answers = await asyncio.gather(*(turn(api, key, "active") for key in keys))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
    refused = [key for key, a in zip(keys, answers, strict=True) if a.status_code == 409]
    first = next(key for key, a in zip(keys, answers, strict=True) if a.status_code == 200)
    assert_problem(await turn(api, refused[0], "active"), 409, "partner_key_move_refused")
    await made(await turn(api, first, "revoked"))
    await made(await turn(api, refused[0], "active"))
    other = await make(api, partner="Another board")
    await made(await turn(api, other, "active"))


async def test_never_revives_a_revoked_key(api: Api) -> None:
    key = await make(api)
    await made(await turn(api, key, "revoked"))
    for to in ("active", "revoked"):
        assert_problem(await turn(api, key, to), 409, "partner_key_move_refused")


async def test_notes_the_day_of_last_use_and_who_signed_for_the_key(api: Api) -> None:
    key, partner = await live(api)
    await submit(partner)
    await api.app.state.partner_keys.write_uses()
    shown = await (await api.as_("admin")).get(f"/v1/partner-keys/{key['id']}")
    assert (
        abs((date.fromisoformat(shown.json()["last_used_on"]) - datetime.now(UTC).date()).days) <= 1
    )
    entries = (await (await api.as_("auditor")).get("/v1/audit")).json()["items"]
    acts = [(entry["action"], entry["actor"]) for entry in entries]
    assert [act for act, _ in acts] == [
        "submit_evidence",
        "activate_partner_key",
        "make_partner_key",
    ]
    assert acts[0][1] == f"wpk_{key['handle']}"
    assert acts[1][1] != acts[2][1]
    assert (await partner.get(f"/v1/wards/{A1}/evidence")).status_code == 200
