"""Single events over HTTP: who may prepare them, what may become of them, and their records."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import A1, A2, A3, ALDER, B1, BIRCH, CITY, centre
from tests.routers.conftest import Clock
from tests.routers.event_samples import NOON, announcement, held, made, published, report
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

AFTER = NOON + timedelta(days=2)


@pytest.fixture
async def team(api: Api, clock: Clock) -> Api:
    """A ward officer of Alder 1, at NOON; the clock stands for everyone."""
    clock.set(NOON)
    return await api.as_("ward_officer", wards=(A1,))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ends_at": "2026-06-11T18:00:00+01:00"}, "/ends_at"),
        ({"ends_at": "2026-06-25T18:00:01+01:00"}, "/ends_at"),
        ({"starts_at": "2026-06-11T18:00:00"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "/starts_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "/ends_at"),
        ({"location": {"lat": 48.85, "lng": 2.35}}, "/location"),
        ({"location": centre(1, 0)}, "/location"),
        ({"location": {"lat": 51.5}}, "/location/lng"),
        ({"online_url": "http://meet.example/x"}, "/online_url"),
        ({"online_url": "javascript:alert(1)"}, "/online_url"),
        ({"online_url": "https://police.example@evil.example/"}, "/online_url"),
        ({"online_url": "https://meet.example/" + "é" * 200}, "/online_url"),
        ({"accessibility": ["step_free", "step_free"]}, "/accessibility"),
        ({"accessibility": ["teleport"]}, "/accessibility/0"),
        ({"kind": "rave"}, "/kind"),
        ({"title": "two\nlines"}, "/title"),
        ({"title": "nul\x00"}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"title": "  "}, "/title"),
        ({"wards": [A1, A1]}, "/wards"),
        ({"status": "published"}, "/status"),
    ],
)
async def test_refuses_an_event_that_makes_no_sense(
    team: Api, changes: dict[str, Any], pointer: str
) -> None:
    answer = await team.post("/v1/events", json=announcement(**changes))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_refuses_a_half_surrogate_as_text(team: Api) -> None:
    body = b'{"title": "\\ud800"}'
    headers = {"Content-Type": "application/json"}
    answer = await team.post("/v1/events", content=body, headers=headers)
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("wards", [[A2], [A1, A2], []])
async def test_refuses_an_event_beyond_the_callers_wards(team: Api, wards: list[str]) -> None:
    answer = await team.post("/v1/events", json=announcement(wards=wards))
    assert_problem(answer, 403, "outside_territory")


async def test_refuses_wards_of_another_borough_and_boroughs_that_are_not(api: Api) -> None:
    admin = await api.as_("admin")
    answer = await admin.post("/v1/events", json=announcement(wards=[A1, B1]))
    assert (
        assert_problem(answer, 422, "event_outside_borough")["errors"][0]["pointer"] == "/wards/1"
    )
    answer = await admin.post("/v1/events", json=announcement(borough="E09999999", wards=[]))
    assert_problem(answer, 422, "invalid_request")


async def test_refuses_callers_who_speak_for_no_team(api: Api) -> None:
    assert_problem(await api.post("/v1/events", json=announcement()), 401, "not_authenticated")
    for role in ("analyst", "auditor", "partner"):
        other = await api.as_(role, wards=(A1,))
        assert_problem(await other.post("/v1/events", json=announcement()), 403, "not_allowed")


async def test_shows_a_draft_to_its_own_team_alone(api: Api, team: Api) -> None:
    event = await made(team)
    path = f"/v1/events/{event['id']}"
    elsewhere = await api.as_("ward_officer", wards=(B1,))
    analyst = await api.as_("analyst")
    for stranger in (api, elsewhere, analyst):
        assert_problem(await stranger.get(path), 404, "not_found")
    edit = await elsewhere.patch(path, json={"title": "Mine now"})
    assert_problem(edit, 404, "not_found")
    for address in ("/v1/events", f"/v1/wards/{A1}/events", f"/v1/boroughs/{ALDER}/events"):
        assert (await team.get(address)).json()["items"] == []
        assert event["id"] not in (await team.get(f"{address}?f=ics")).text
    mine = await team.get(path)
    assert mine.json()["status"] == "draft"
    assert mine.headers["cache-control"] == "no-store"


async def test_answers_a_created_event_whole(team: Api) -> None:
    answer = await team.post(
        "/v1/events",
        json=announcement(
            location=centre(0, 0),
            online_url="https://meet.example/a b",
            accessibility=["step_free", "bsl"],
            hosts=["Ward team"],
        ),
    )
    event = answer.json()
    assert answer.headers["location"] == f"/v1/events/{event['id']}"
    assert event["borough"] == {"code": ALDER, "name": "Alder"}
    assert event["wards"] == [{"code": A1, "name": "Alder 1"}]
    assert event["starts_at"] == "2026-06-11T17:00:00Z"
    assert event["location"] == pytest.approx(centre(0, 0))
    assert event["online_url"] == "https://meet.example/a%20b"
    assert (event["status"], event["sequence"], event["record"]) == ("draft", 0, None)
    read = await team.get(f"/v1/events/{event['id']}")
    assert read.json() == event
    assert read.headers["etag"] == answer.headers["etag"]


async def test_refuses_an_edit_without_or_with_an_old_version(team: Api) -> None:
    event = await made(team)
    path = f"/v1/events/{event['id']}"
    etag = (await team.get(path)).headers["etag"]
    no_version = await team.patch(path, json={"title": "B"}, etag=None)
    assert_problem(no_version, 428, "precondition_required")
    first = await team.patch(path, json={"title": "B"}, etag=etag)
    assert first.json()["title"] == "B"
    assert_problem(await team.patch(path, json={"title": "C"}, etag=etag), 412, "stale_version")


async def test_lets_one_of_many_simultaneous_edits_through(team: Api) -> None:
    event = await published(team)
    path = f"/v1/events/{event['id']}"
    etag = (await team.get(path)).headers["etag"]
    edits = [team.patch(path, json={"title": f"Version {n}"}, etag=etag) for n in range(8)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*edits))
    assert statuses == [200] + [412] * 7


@pytest.mark.parametrize("field", ["title", "wards", "kind", "open_to_all", "status", "starts_at"])
async def test_refuses_null_for_what_an_event_must_have(team: Api, field: str) -> None:
    event = await made(team)
    answer = await team.patch(f"/v1/events/{event['id']}", json={field: None})
    assert_problem(answer, 422, "validation_failed")


async def test_changes_only_what_an_edit_names(api: Api) -> None:
    lead = await api.as_("borough_superintendent", boroughs=(ALDER,))
    event = await made(lead, location=centre(0, 0), online_url="https://meet.example/")
    path = f"/v1/events/{event['id']}"
    changes = {"wards": [A3, A1], "location": None, "accessibility": ["parking"]}
    changed = (await lead.patch(path, json=changes)).json()
    assert [ward["code"] for ward in changed["wards"]] == [A1, A3]
    assert changed["location"] is None
    kept = ("title", "starts_at", "online_url", "status", "open_to_all", "published_at")
    assert {name: changed[name] for name in kept} == {name: event[name] for name in kept}
    assert_problem(await lead.patch(path, json={"wards": [B1]}), 422, "event_outside_borough")


async def test_refuses_a_ward_officer_to_change_an_event_shared_with_another_ward(
    api: Api, team: Api, clock: Clock
) -> None:
    lead = await api.as_("borough_superintendent", boroughs=(ALDER,))
    event = await published(lead, wards=[A1, A2])
    path = f"/v1/events/{event['id']}"
    assert_problem(await team.patch(path, json={"title": "Ours"}), 403, "outside_territory")
    clock.set(AFTER)
    assert (await team.put(f"{path}/record", json=report())).status_code == 201
    other = await api.as_("ward_officer", wards=(A3,))
    answer = await other.put(f"{path}/record", json=report())
    assert_problem(answer, 403, "outside_territory")


@pytest.mark.parametrize("status", ["postponed", "cancelled", "not_held"])
async def test_refuses_to_move_a_draft_anywhere_but_into_public(team: Api, status: str) -> None:
    event = await made(team)
    move = {"status": status, "reason": "Because."}
    answer = await team.patch(f"/v1/events/{event['id']}", json=move)
    assert_problem(answer, 409, "event_move_refused")


@pytest.mark.parametrize("status", ["postponed", "cancelled"])
async def test_asks_why_a_published_event_is_called_off(team: Api, status: str) -> None:
    event = await published(team)
    path = f"/v1/events/{event['id']}"
    assert_problem(await team.patch(path, json={"status": status}), 422, "reason_required")
    moved = (await team.patch(path, json={"status": status, "reason": "Flooded."})).json()
    assert (moved["status"], moved["status_reason"], moved["sequence"]) == (status, "Flooded.", 1)


async def test_publishes_a_postponed_event_again_only_with_a_new_future_time(team: Api) -> None:
    event = await published(team)
    path = f"/v1/events/{event['id']}"
    await team.patch(path, json={"status": "postponed", "reason": "Flooded."})
    again: dict[str, Any] = {"status": "published"}
    assert_problem(await team.patch(path, json=again), 409, "event_move_refused")
    again |= {"starts_at": event["starts_at"]}
    assert_problem(await team.patch(path, json=again), 409, "event_move_refused")
    again |= {"starts_at": "2026-06-01T18:00:00Z", "ends_at": "2026-06-01T19:00:00Z"}
    assert_problem(await team.patch(path, json=again), 409, "event_move_refused")
    again |= {"starts_at": "2026-06-20T18:00:00Z", "ends_at": "2026-06-20T19:00:00Z"}
    moved = (await team.patch(path, json=again)).json()
    assert (moved["status"], moved["status_reason"]) == ("published", None)
    assert moved["starts_at"] == "2026-06-20T18:00:00Z"
    assert moved["published_at"] == event["published_at"]
    assert moved["sequence"] > 1


async def test_refuses_to_call_off_what_is_over_and_to_call_not_held_what_is_not(
    team: Api,
    clock: Clock,
) -> None:
    event = await published(team)
    path = f"/v1/events/{event['id']}"
    early = {"status": "not_held", "reason": "Nobody came."}
    assert_problem(await team.patch(path, json=early), 409, "event_move_refused")
    clock.set(AFTER)
    assert (await team.get(path)).json()["awaiting_record"] is True
    late = {"status": "cancelled", "reason": "Nobody came."}
    assert_problem(await team.patch(path, json=late), 409, "event_move_refused")
    moved = (await team.patch(path, json=early)).json()
    assert (moved["status"], moved["awaiting_record"]) == ("not_held", False)
    assert_problem(await team.put(f"{path}/record", json=report()), 409, "event_move_refused")


async def test_refuses_to_rewrite_an_announcement_once_the_event_has_begun(
    team: Api, clock: Clock
) -> None:
    event = await published(team, open_to_all=False)
    path = f"/v1/events/{event['id']}"
    clock.set(AFTER)
    answer = await team.patch(path, json={"open_to_all": True})
    assert_problem(answer, 409, "event_closed")
    assert (await team.get(path)).json()["open_to_all"] is False


async def test_refuses_to_record_what_has_not_begun(team: Api) -> None:
    event = await published(team)
    answer = await team.put(f"/v1/events/{event['id']}/record", json=report())
    assert_problem(answer, 409, "event_not_started")


@pytest.mark.parametrize(
    "changes",
    [
        {"attendance": -1},
        {"attendance_method": "guessed"},
        {"concerns_raised": {"dragons": 1}},
        {"concerns_raised": {"burglary": 0}},
        {"concerns_raised": {"burglary": 1.5}},
        {"notes": ""},
    ],
)
async def test_refuses_a_record_that_makes_no_sense(
    team: Api, changes: dict[str, Any], clock: Clock
) -> None:
    event = await published(team)
    clock.set(AFTER)
    path = f"/v1/events/{event['id']}"
    answer = await team.put(f"{path}/record", json=report(**changes))
    assert answer.status_code == 422, answer.text
    assert (await team.get(path)).json()["status"] == "published"


async def test_replaces_a_record_only_for_someone_who_read_it_and_keeps_the_former(
    api: Api, team: Api, clock: Clock
) -> None:
    event = await held(team, clock, NOON + timedelta(days=1))
    path = f"/v1/events/{event['id']}"
    assert (event["status"], event["record"]["attendance"]) == ("held", 31)
    again = report(attendance=29, concerns_raised={})
    assert_problem(await team.put(f"{path}/record", json=again), 428, "precondition_required")
    stale = {"If-Match": '"1-0"'}
    answer = await team.put(f"{path}/record", json=again, headers=stale)
    assert_problem(answer, 412, "stale_version")
    etag = (await team.get(path)).headers["etag"]
    answer = await team.put(f"{path}/record", json=again, headers={"If-Match": etag})
    assert answer.status_code == 200
    assert answer.json()["record"]["attendance"] == 29
    assert (await api.get(path)).json()["record"]["concerns_raised"] == {}


async def test_keeps_one_of_many_simultaneous_first_records(team: Api, clock: Clock) -> None:
    event = await published(team)
    clock.set(AFTER)
    path = f"/v1/events/{event['id']}/record"
    records = [team.put(path, json=report(attendance=n)) for n in range(6)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*records))
    assert statuses == [201] + [428] * 5


async def test_writes_every_act_with_what_was_before_into_the_audit_trail(
    team: Api, database: Any, clock: Clock
) -> None:
    from sqlalchemy import select

    from app.models.audit import AuditEntry

    event = await held(team, clock, NOON + timedelta(days=1))
    path = f"/v1/events/{event['id']}"
    await team.put(f"{path}/record", json=report(attendance=7), headers={"If-Match": "*"})
    async with database.reading() as session:
        statement = select(AuditEntry).where(AuditEntry.subject_kind == "event")
        entries = list(await session.scalars(statement.order_by(AuditEntry.position)))
    actions = [entry.action for entry in entries]
    assert actions == ["create_event", "move_event", "record_event", "record_event"]
    assert entries[1].detail["before"] == {"status": "draft"}
    assert entries[3].detail["before"]["attendance"] == 31
    assert entries[3].detail["after"]["attendance"] == 7
    assert {(entry.borough_code, entry.ward_code) for entry in entries} == {(ALDER, A1)}


async def test_reads_the_quota_both_ways_with_its_evidence(api: Api, clock: Clock) -> None:
    admin = await api.as_("admin")
    dates = ["2023-07-17", "2023-08-01", "2023-12-31", "2024-03-01", "2025-02-01"]
    for day in dates:
        at = NOON.fromisoformat(f"{day}T18:00:00+00:00")
        await held(admin, clock, at, kind="surgery" if day < "2024" else "open_community")
    await held(admin, clock, NOON.fromisoformat("2024-04-01T18:00:00+00:00"), open_to_all=False)
    await published(admin, starts_at="2024-05-01T18:00:00Z", ends_at="2024-05-01T19:00:00Z")
    clock.set(NOON)
    quota = (await api.get(f"/v1/boroughs/{ALDER}/event-quota")).json()
    assert quota["measured"] is True
    assert quota["as_of"] == "2026-06-10"
    told = [
        (line["reading"], line["due_on"], line["target"], line["value"], line["status"])
        for line in quota["lines"]
    ]
    assert told == [
        ("cumulative", "2023-12-31", 2, 2, "met"),
        ("cumulative", "2024-12-31", 4, 3, "breached"),
        ("in_year", "2023-12-31", 2, 2, "met"),
        ("in_year", "2024-12-31", 4, 1, "breached"),
        ("four_each_year", "2025-12-31", 4, 1, "breached"),
        ("four_each_year", "2026-12-31", 4, 0, "not_due"),
    ]
    assert [line["shortfall"] for line in quota["lines"]] == [0, 1, 0, 3, 3, 4]
    assert len(quota["lines"][1]["events"]) == 3
    assert quota["lines"][1]["events"][0]["announced_before"] is True
    empty = (await api.get(f"/v1/boroughs/{BIRCH}/event-quota")).json()
    assert empty["lines"][0]["value"] == 0


async def test_quota_and_card_say_the_same_of_the_year_that_runs(api: Api, clock: Clock) -> None:
    admin = await api.as_("admin")
    for month in (2, 4, 6):
        await held(admin, clock, NOON.fromisoformat(f"2027-0{month}-03T18:00:00+00:00"))

    async def both(day: str) -> set[str]:
        clock.set(NOON.fromisoformat(f"{day}T12:00:00+00:00"))
        quota = (await api.get(f"/v1/boroughs/{ALDER}/event-quota")).json()
        card = (await api.get(f"/v1/boroughs/{ALDER}/commitments", params={"as_of": day})).json()
        told = [one for one in card["lines"] if one["reading"] == "four_each_year"]
        return {quota["lines"][-1]["status"], *(one["status"] for one in told)}

    assert await both("2027-10-05") == {"at_risk"}
    await published(admin, starts_at="2027-12-01T18:00:00Z", ends_at="2027-12-01T19:00:00Z")
    assert await both("2027-10-06") == {"on_track"}


async def test_says_why_the_city_has_no_quota(api: Api) -> None:
    quota = (await api.get(f"/v1/boroughs/{CITY}/event-quota")).json()
    assert (quota["measured"], quota["lines"]) == (False, [])
    assert "force of its own" in quota["reason"]
    assert_problem(await api.get("/v1/boroughs/E09999999/event-quota"), 404, "not_found")
