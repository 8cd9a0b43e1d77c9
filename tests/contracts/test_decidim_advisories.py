"""The advisories of 2026 about Decidim, each with what would be its like here, as a named test.

What each one was, in our own words: `docs/decisions/0011-second-persons-and-borrowed-rights.md`.
"""

import asyncio
import socket
from typing import Any

import pytest

from app.domain.identity import Role
from tests.contracts.calls import ROLES, Call, as_role, calls_of
from tests.contracts.token_attacks import claims, signed, verifier
from tests.factories import A1, ALDER, BIRCH
from tests.polling import ask_for, draft_poll, leader_of, made, open_poll
from tests.priorities import set_body
from tests.refreshing import decision, finding, opened, publish
from tests.routers.event_samples import announcement
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
ORDERINGS = (
    "id desc",
    "(CASE WHEN (1=1) THEN id ELSE title END)",
    "1;DROP TABLE poll--",
    "' OR '1'='1",
    "id) UNION SELECT secret_sha256 FROM partner_key--",
)
OWN = ("/v1/me", "/v1/session", "/v1/sign-ins", "/v1/polls/{poll_id}/ballot", "/evaluation/")
"""What a resident, or nobody, may change: their own ballot, sign-in and home, nothing else."""
OWN_WORDS = frozenset({"file_dispute", "withdraw_dispute"})
"""What a resident says and takes back; tests/routers/test_disputes.py holds it to their own."""


def calls(api: Api) -> list[Call]:
    return calls_of(api.app.openapi())


async def an_officer(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an officer of Alder and their posting."""
    leader = await leader_of(api)
    body = {"display_name": "PC Ada Example", "rank": "Police Constable", "fictional": True}
    officer = await made(await leader.post("/v1/officers", json=body))
    place = {"officer_id": officer["id"], "role": "dedicated_ward_officer", "ward_code": A1}
    posted = {**place, "fte": 0.5, "starts_on": "2026-01-01"}
    return officer, await made(await leader.post("/v1/postings", json=posted))


async def test_cve_2026_45414_a_token_for_one_place_opens_no_other(api: Api) -> None:
    """A signed token of organisation A was good in organisation B."""
    leader = await leader_of(api)
    poll = await open_poll(leader)
    neighbour = await leader_of(api, BIRCH)
    body = {"status": "cancelled", "reason": "Not mine"}
    answer = await neighbour.patch(f"/v1/polls/{poll['id']}", json=body)
    assert_problem(answer, 403, "outside_territory")
    api.app.state.verifier = verifier()
    for other in (claims(aud="ward-priorities-birch"), claims(iss="https://birch.example")):
        answer = await Api(api.client, api.app, signed(other)).get("/v1/partner-keys")
        assert_problem(answer, 401, "not_authenticated")


async def test_cve_2026_45330_no_neighbour_sees_what_a_borough_keeps_to_itself(api: Api) -> None:
    """Verification admins reached identity documents of other tenants."""
    leader, neighbour = await leader_of(api), await leader_of(api, BIRCH)
    officer, posting = await an_officer(api)
    waiting = await leader.patch(
        f"/v1/polls/{(await open_poll(leader))['id']}",
        json={"status": "closed", "reason": "Because"},
    )
    draft = await draft_poll(leader)
    for path in (
        f"/v1/officers/{officer['id']}",
        f"/v1/postings/{posting['id']}",
        waiting.headers["location"],
        f"/v1/polls/{draft['id']}",
    ):
        assert (await neighbour.get(path)).status_code in {403, 404}, path
        assert (await leader.get(path)).status_code == 200, path


async def test_cve_2026_45415_no_neighbour_edits_who_serves_where(api: Api) -> None:
    """Census rows could be edited by the admin of another organisation."""
    officer, posting = await an_officer(api)
    neighbour = await leader_of(api, BIRCH)
    for path, body in (
        (f"/v1/officers/{officer['id']}", {"display_name": "PC Other Example"}),
        (f"/v1/postings/{posting['id']}", {"fte": 0.1}),
    ):
        assert (await neighbour.patch(path, json=body)).status_code in {403, 404}
    assert (await (await leader_of(api)).get(f"/v1/postings/{posting['id']}")).json() == posting


@pytest.mark.parametrize("cve", ["45377", "45378"])
async def test_cve_2026_no_address_is_a_credential(api: Api, cve: str) -> None:
    """Links to personal exports (45377) and identity documents (45378) worked for anyone, twice."""
    token = (await api.as_("admin")).token
    for call in calls(api):
        if call.method != "GET" or call.access == "public":
            continue
        for name in ("token", "access_token", "key", "signature", "expires"):
            answer = await api.get(call.address, params={name: token})
            assert answer.status_code in {400, 401}, (cve, call.operation_id)
        answer = await call.send(await as_role(api, call.allowed[0]))
        if answer.status_code == 200:
            assert answer.headers["cache-control"] == "no-store", (cve, call.operation_id)


async def test_cve_2026_45376_no_parameter_reaches_an_order_by(api: Api) -> None:
    """A search put its sort parameter into ORDER BY."""
    await open_poll(await leader_of(api))
    for call in calls(api):
        queries = [one["name"] for one in call.parameters if one["in"] == "query"]
        assert not {"sort", "order", "order_by"} & set(queries), call.operation_id
        if call.method != "GET" or call.access != "public":
            continue
        for name in (*queries, "sort", "order"):
            for ordering in ORDERINGS:
                answer = await api.get(call.address, params={name: ordering})
                assert answer.status_code < 500, (call.operation_id, name, ordering)
    assert len((await api.get("/v1/polls")).json()["items"]) == 1


async def test_cve_2026_45573_an_address_that_somebody_stores_is_never_called(api: Api) -> None:
    """A stored push address made the server call where it pointed."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        trap = f"http://127.0.0.1:{listener.getsockname()[1]}/inside"
        partner = await api.as_("partner", boroughs=(ALDER,))
        body = finding()
        body["source"] = {**body["source"], "url": trap}
        answer = await partner.post("/v1/evidence", json=body)
        officer = await api.as_("ward_officer", wards=(A1,))
        stored = await officer.post("/v1/events", json=announcement(online_url=trap))
        assert {answer.status_code, stored.status_code} <= {201, 422}
        await asyncio.sleep(0.3)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("cve", ["23891", "44282", "45572"])
async def test_cve_2026_no_stored_text_is_ever_served_as_a_page(api: Api, cve: str) -> None:
    """Scripts in user names (23891), election questions (44282) and landing blocks (45572) ran."""
    leader = await leader_of(api)
    poll = await open_poll(leader, question=SCRIPT)
    body = {"display_name": SCRIPT, "rank": "Police Constable", "fictional": True}
    officer = await made(await leader.post("/v1/officers", json=body))
    place = {"officer_id": officer["id"], "role": "dedicated_ward_officer", "ward_code": A1}
    await made(
        await leader.post("/v1/postings", json={**place, "fte": 0.5, "starts_on": "2026-01-01"})
    )
    seen = 0
    for path in (
        f"/v1/polls/{poll['id']}",
        f"/v1/polls/{poll['id']}/manifest",
        f"/v1/wards/{A1}/team",
        f"/v1/wards/{A1}?include=team,polls",
    ):
        answer = await api.get(path, headers={"Accept": "text/html,*/*"})
        assert answer.headers["content-type"].startswith("application/json"), (cve, path)
        assert answer.headers["x-content-type-options"] == "nosniff", (cve, path)
        seen += SCRIPT in answer.text
    assert seen >= 3


async def test_cve_2026_45086_no_resident_edits_what_others_answer_to(api: Api) -> None:
    """Any participant could open the editor of the demographics questionnaire."""
    resident = await as_role(api, "resident")
    for call in calls(api):
        if call.method == "GET" or call.path.startswith(OWN) or call.operation_id in OWN_WORDS:
            continue
        assert call.access != "public", call.operation_id
        assert "resident" not in call.access, call.operation_id
        assert_problem(await call.send(resident), 403, "not_allowed")


async def test_cve_2026_40869_nobody_accepts_a_change_that_is_not_theirs_to_accept(
    api: Api,
) -> None:
    """Amendments could be accepted by anybody."""
    officer = await api.as_("ward_officer", wards=(A1,))
    refresh = await opened(officer)
    for stranger in (
        await api.as_("resident", wards=(A1,)),
        await api.as_("partner", boroughs=(ALDER,)),
        await api.as_("pcso", wards=(A1,)),
        await leader_of(api, BIRCH),
    ):
        answer = await publish(stranger, refresh, decision("burglary"))
        assert answer.status_code == 403, answer.text
    leader = await leader_of(api)
    poll = await open_poll(leader)
    waiting = await leader.patch(
        f"/v1/polls/{poll['id']}", json={"status": "cancelled", "reason": "Because"}
    )
    assert waiting.status_code == 202
    for other in (officer, await leader_of(api, BIRCH), await api.as_("auditor")):
        body = {"status": "cancelled", "reason": "Because"}
        assert (await other.patch(f"/v1/polls/{poll['id']}", json=body)).status_code == 403
    assert (await ask_for(leader, poll, "cancelled")).status_code == 200


async def test_cve_2026_40870_every_read_is_public_on_purpose_or_asks_who_reads(api: Api) -> None:
    """The comments API read every resource without asking who may."""
    leader, officer = await leader_of(api), await api.as_("ward_officer", wards=(A1,))
    draft = await draft_poll(leader)
    event = await made(await officer.post("/v1/events", json=announcement()))
    refresh = await opened(officer)
    hidden = [
        f"/v1/polls/{draft['id']}",
        f"/v1/polls/{draft['id']}/manifest",
        f"/v1/events/{event['id']}",
        f"/v1/refreshes/{refresh['id']}",
    ]
    for reader in (api, await api.as_("resident", wards=(A1,)), await leader_of(api, BIRCH)):
        for path in hidden:
            assert (await reader.get(path)).status_code in {403, 404}, path
    listed = (await api.get("/v1/polls")).text + (await api.get("/v1/events")).text
    assert draft["id"] not in listed
    assert event["id"] not in listed
    for call in calls(api):
        if call.access != "public":
            assert set(call.access) <= set(ROLES), call.operation_id


async def test_no_role_but_an_admins_reaches_beyond_its_posting(api: Api) -> None:
    """The rule behind them all: a role says what, a posting of today says where."""
    for role in (Role.WARD_OFFICER, Role.SERGEANT, Role.BOROUGH_SUPERINTENDENT):
        unposted = await api.as_(role.value, subject=f"unposted {role.value}")
        answer = await unposted.post(f"/v1/wards/{A1}/priority-sets", json=set_body("burglary"))
        assert_problem(answer, 403, "outside_territory")
