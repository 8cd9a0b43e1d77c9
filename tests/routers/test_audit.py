"""The audit trail over HTTP: public as far as it may be, whole for overseers, newest first."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.domain.audit import PUBLIC_SUBJECTS
from app.operations import audit
from app.operations.audit_heads import keep_heads
from tests.factories import A1, A2, A3, ALDER, BIRCH
from tests.priorities import open_set
from tests.support import Api, assert_problem
from tests.table_schemas import rows_of

pytestmark = pytest.mark.anyio

OVERSEERS_ONLY = ("actor", "reason", "detail", "blind")


async def listed(api: Api, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get("/v1/audit", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_refuses_a_bad_token_rather_than_showing_the_public_view(api: Api) -> None:
    forged = Api(api.client, api.app, "forged")
    assert_problem(await forged.get("/v1/audit"), 401, "not_authenticated")


@pytest.mark.parametrize("role", ["", "ward_officer", "analyst", "resident", "partner"])
async def test_hides_who_and_why_and_what_from_all_who_do_not_oversee(api: Api, role: str) -> None:
    await open_set(api, "burglary")
    caller = await api.as_(role, wards=(A1,), subject="pat-1") if role else api
    for entry in await listed(caller):
        assert [entry[name] for name in OVERSEERS_ONLY] == [None] * 4
        assert (entry["subject_id"] is not None) == (entry["subject_kind"] in PUBLIC_SUBJECTS)


async def test_names_no_officer_posting_or_key_in_public(api: Api) -> None:
    admin = await api.as_("admin")
    body = {"display_name": "Robin Example", "rank": "PCSO"}
    made = (await admin.post("/v1/officers", json=body)).json()
    shown = await api.get("/v1/audit")
    assert made["id"] not in shown.text
    assert "Robin" not in shown.text
    assert [entry["subject_id"] for entry in await listed(admin)][:1] == [made["id"]]


async def test_public_hashes_fit_no_guess_of_who_and_why_and_what(api: Api) -> None:
    await open_set(api, "burglary")
    whole = (await listed(await api.as_("auditor"), limit=1))[0]
    (shown,) = await listed(api, limit=1)
    known = {name: whole[name] for name in ("actor", "reason", "detail", "subject_id")}
    entry = {**shown, **known, "at": datetime.fromisoformat(shown["at"])}
    assert audit.entry_hash(SimpleNamespace(**entry)) != shown["entry_hash"]
    entry["blind"] = whole["blind"]
    assert audit.entry_hash(SimpleNamespace(**entry)) == shown["entry_hash"]


async def test_shows_no_hash_from_before_there_were_blinds_but_to_overseers(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = api.app.state
    with monkeypatch.context() as before:
        before.setattr(audit, "new_blind", lambda: None)
        await open_set(api, "burglary")
        await keep_heads(state.database, state.keyring, None)
    await open_set(api, "fraud", ward=A2)
    await open_set(api, "fraud", ward=A3)
    shown = await listed(api)
    file = rows_of((await api.get("/v1/open-data/audit")).text)
    whole = await listed(await api.as_("auditor"))
    last, new, *old = [(entry["previous_hash"], entry["entry_hash"]) for entry in whole]
    public = [last, (None, new[1]), *((None, None) for _ in old[:-1]), (old[-1][0], None)]
    assert [(entry["previous_hash"], entry["entry_hash"]) for entry in shown] == public
    assert [(row["previous_hash"] or None, row["entry_hash"] or None) for row in file] == public[
        ::-1
    ]
    assert (await api.get("/v1/audit/heads")).json()["items"] == []


@pytest.mark.parametrize("role", ["auditor", "admin"])
async def test_shows_overseers_everything(api: Api, role: str) -> None:
    await open_set(api, "burglary")
    for entry in await listed(await api.as_(role)):
        assert entry["actor"]
        assert entry["subject_id"]
        assert isinstance(entry["detail"], dict)


async def test_shows_the_chain_newest_first(api: Api) -> None:
    await open_set(api, "burglary")
    await open_set(api, "fraud", ward=A2)
    entries = await listed(api, limit=2)
    assert [entry["ward_code"] for entry in entries] == [A2, A1]
    assert entries[0]["previous_hash"] == entries[1]["entry_hash"]


async def test_shows_the_entries_of_one_ward_or_borough(api: Api) -> None:
    await open_set(api, "burglary")
    for query, found in (({"ward": A1}, 1), ({"ward": A2}, 0), ({"borough": BIRCH}, 0)):
        assert len(await listed(api, **query)) == found
    assert await listed(api, borough=ALDER)


async def test_lists_the_signed_head_of_the_day(api: Api) -> None:
    await open_set(api, "burglary")
    state = api.app.state
    await keep_heads(state.database, state.keyring, None)
    newest = (await listed(api, limit=1))[0]
    (head,) = (await api.get("/v1/audit/heads")).json()["items"]
    assert (head["position"], head["entry_hash"]) == (newest["position"], newest["entry_hash"])
    assert state.keyring.log_signer.has_signed(head["note"])
    assert head["note"].startswith(f"ward-priorities/audit\n{head['position']}\n")
