"""The register as lists: programmes, commitments, one whole, the matrix, changes and runs."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.operations import commitment_runs, commitment_standings
from tests.commitment_cards import changes, check, whole_team
from tests.factories import A1, ALDER, BIRCH
from tests.polling import leader_of, made
from tests.routers.conftest import Clock
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
STRANGER = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"


@pytest.fixture
async def leader(api: Api, clock: Clock) -> Api:
    clock.set(NOW)
    return await leader_of(api)


async def all_of(api: Api, path: str, **query: str | int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    answer = await api.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if (following := answer.json()["next"]) is None:
            return found
        answer = await api.get(following)


async def test_lists_programmes_with_their_pillars(api: Api) -> None:
    found = await all_of(api, "/v1/programmes", limit=1)
    assert [one["code"] for one in found] == [
        "casey-review",
        "new-met-for-london-1",
        "neighbourhood-policing-guarantee",
        "new-met-for-london-2",
    ]
    assert sum(int(str(one["commitments"])) for one in found) == 49


async def test_lists_commitments_page_by_page(api: Api) -> None:
    codes = [one["code"] for one in await all_of(api, "/v1/commitments", limit=7)]
    assert codes == [f"C{n:02}" for n in range(1, 44)] + [f"NPG{n:02}" for n in range(1, 7)]
    assert_problem(await api.get("/v1/commitments?cursor=x"), 400, "invalid_cursor")


async def test_picks_commitments_by_programme_pillar_and_status(api: Api, leader: Api) -> None:
    second = await all_of(api, "/v1/commitments", programme="new-met-for-london-2")
    assert [one["code"] for one in second] == ["C41", "C42", "C43"]
    culture = await all_of(api, "/v1/commitments", pillar="culture-change")
    assert {"C32", "C34"} <= {one["code"] for one in culture}
    retired = await all_of(api, "/v1/commitments", status="retired")
    assert [one["code"] for one in retired] == ["C43"]
    await whole_team(leader)
    broken = {one["code"] for one in await all_of(api, "/v1/commitments", status="breached")}
    assert "C01" in broken
    assert "C07" not in broken, "no set was ever entered, so nobody is accused"
    assert_problem(await api.get("/v1/commitments?status=green"), 422, "validation_failed")


async def test_tells_one_commitment_whole(api: Api, leader: Api) -> None:
    await whole_team(leader)
    found = (await api.get("/v1/commitments/C01")).json()
    assert found["quotes"][0]["wording"] == "verbatim"
    lines = {one["reading"]: one for one in found["lines"]}
    assert lines.keys() == {"posted", "available"}
    assert lines["posted"]["check"] == "ward_team"
    assert lines["posted"]["standing"]["status"] == "breached"
    boroughs = {row["borough"]["code"]: row["cells"] for row in found["boroughs"]}
    assert boroughs.keys() == {ALDER, BIRCH}
    assert [cell["value"] for cell in boroughs[ALDER]] == [1, 1], "one ward of three is staffed"
    unmeasured = (await api.get("/v1/commitments/C18")).json()
    assert unmeasured["lines"][0]["reason"]
    assert unmeasured["lines"][0]["needs"]
    cells = [cell for row in unmeasured["boroughs"] for cell in row["cells"]]
    assert [cell["status"] for cell in cells] == ["not_measurable"] * 2
    assert_problem(await api.get("/v1/commitments/C99"), 404, "not_found")
    assert_problem(await api.get("/v1/commitments/c01"), 422, "validation_failed")


async def test_sets_boroughs_against_promises(api: Api, leader: Api) -> None:
    await whole_team(leader)
    found = (await api.get("/v1/commitments/matrix")).json()
    columns = [(one["commitment"], one["reading"]) for one in found["columns"]]
    assert ("C06", "cumulative") in columns
    assert ("C27", "as_written") not in columns, "that one is of London as a whole"
    for row in found["rows"]:
        assert [(cell["commitment"], cell["reading"]) for cell in row["cells"]] == columns
    for asked in ({"params": {"f": "csv"}}, {"headers": {"Accept": "text/csv"}}):
        answer = await api.get("/v1/commitments/matrix", **asked)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) == len(columns) * 2
        (cell,) = [r for r in rows if r["borough_code"] == ALDER and r["reading"] == "posted"]
        assert (cell["status"], cell["since"], cell["value"]) == ("breached", "2023-11-01", "1.0")
    refused = await api.get("/v1/commitments/matrix?f=geojson")
    assert_problem(refused, 406, "not_acceptable")
    early = (await api.get("/v1/commitments/matrix?as_of=2026-01-01")).json()
    assert early["checked"] == "not_checked"
    assert {cell["status"] for row in early["rows"] for cell in row["cells"]} == {"not_checked"}


async def test_shows_in_the_matrix_what_nothing_measures(api: Api, leader: Api) -> None:
    found = (await api.get("/v1/commitments/matrix")).json()
    card = (await api.get(f"/v1/boroughs/{ALDER}/commitments")).json()
    cells = {(c["commitment"], c["reading"]): c["status"] for c in found["rows"][0]["cells"]}
    assert found["rows"][0]["borough"]["code"] == ALDER
    assert cells == {(one["commitment"], one["reading"]): one["status"] for one in card["lines"]}
    reasons = {(c["commitment"], c["reading"]): c["reason"] for c in found["columns"]}
    assert len([reason for reason in reasons.values() if reason]) == 13
    assert cells["C18", "as_written"] == cells["C22", "caseloads"] == "not_measurable"
    assert reasons["C18", "as_written"].startswith("What the Met hands to councils")
    assert reasons["C01", "posted"] is None
    answer = await api.get("/v1/commitments/matrix?f=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {r["reason"] for r in rows if r["commitment"] == "C18"} == {reasons["C18", "as_written"]}


async def test_pages_through_changes_in_the_order_they_were_written(
    api: Api, leader: Api, clock: Clock
) -> None:
    await check(api)
    await whole_team(leader)
    await check(api)
    clock.set(NOW + timedelta(days=1))
    for posting in (await leader.get("/v1/postings")).json()["items"]:
        if posting["ward_code"] == A1:
            edit = {"ends_on": "2026-11-30", "end_reason": "Moved"}
            await made(await leader.patch(f"/v1/postings/{posting['id']}", json=edit))
    await check(api)
    whole = await all_of(api, "/v1/commitments/changes", limit=5)
    positions = [one["position"] for one in whole]
    assert positions == sorted(set(positions))
    assert len(positions) > 10
    assert all(one["old_status"] != one["new_status"] for one in whole)
    later = await changes(api, since="2026-11-30")
    assert [one["position"] for one in later] == [
        one["position"] for one in whole if one["as_of"] == "2026-11-30"
    ]
    ended = [one for one in later if one["area"]["code"] == A1 and one["reading"] == "posted"]
    assert [(one["old_status"], one["new_status"]) for one in ended] == [("met", "breached")]


async def test_lists_runs_and_shows_one(api: Api, leader: Api) -> None:
    first, second = await check(api), await check(api)
    assert (second["number"], second["changed"]) == (first["number"] + 1, 0)
    listed = await all_of(api, "/v1/commitment-checks", limit=1)
    assert [one["number"] for one in listed] == [2, 1]
    answer = await api.get(f"/v1/commitment-checks/{first['id']}")
    assert answer.json() == first
    admin = await api.as_("admin")
    created = await admin.post("/v1/commitment-checks")
    assert created.headers["location"] == f"/v1/commitment-checks/{created.json()['id']}"
    strange = await api.get(f"/v1/commitment-checks/{STRANGER}")
    assert_problem(strange, 404, "not_found")


async def test_writes_one_run_however_often_one_request_is_sent(api: Api, leader: Api) -> None:
    admin = await api.as_("admin")
    answers = [await admin.post("/v1/commitment-checks", key="once") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await all_of(api, "/v1/commitment-checks")) == 1


async def test_lets_others_write_while_it_measures(
    api: Api, leader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = commitment_runs.measure

    async def measured(*args: object, **options: object) -> object:
        await whole_team(leader)
        return await measure(*args, **options)

    monkeypatch.setattr(commitment_runs, "measure", measured)
    before = await check(api)
    assert before["changed"], "and what they wrote before the reading is measured"
    card = (await api.get(f"/v1/wards/{A1}/commitments")).json()
    assert {one["status"] for one in card["lines"] if one["commitment"] == "C01"} == {"met"}


async def test_reckons_london_once_until_something_is_written(
    api: Api, leader: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned: list[object] = []
    gather = commitment_standings.gather_facts

    async def counted(*args: object, **options: object) -> object:
        reckoned.append(args[1])
        return await gather(*args, **options)

    monkeypatch.setattr(commitment_standings, "gather_facts", counted)
    for path in ("/v1/london/commitments", "/v1/commitments/matrix", "/v1/commitments"):
        await api.get(path)
        await api.get(f"/v1/wards/{A1}/commitments")
    assert len(reckoned) == 1, "cards of wards read what London's was reckoned from"
    await whole_team(leader)
    await api.get(f"/v1/wards/{A1}/commitments?as_of=2026-11-29")
    await api.get("/v1/commitments/matrix")
    assert len(reckoned) == 3, "after a write the ward by itself, then London"
