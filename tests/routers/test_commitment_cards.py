"""A breach injected anywhere shows on the cards of ward, borough and London, with its first day."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import disputing
from tests.bodies import hours_body, make_board, make_facility, member_body, put_hours
from tests.commitment_cards import (
    PATHS,
    card,
    cards,
    changes,
    check,
    line,
    names,
    staff,
    states,
    whole_team,
)
from tests.factories import A1, ALDER, B1, BIRCH, C1, CITY
from tests.polling import leader_of, made
from tests.priorities import open_set
from tests.routers.conftest import Clock
from tests.routers.event_samples import held, published
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
async def leader(api: Api, clock: Clock) -> Api:
    clock.set(NOW)
    return await leader_of(api)


async def test_an_officer_who_leaves_breaks_the_promise_on_that_day(api: Api, leader: Api) -> None:
    first, *_ = await whole_team(leader)
    await check(api)
    before = states(await cards(api), "C01", "posted")
    assert before["ward"] == ("met", "2024-02-01")
    assert before["borough"] == before["london"] == ("breached", "2023-11-01"), "A2 and A3 are bare"

    edit = {"ends_on": "2026-11-20", "end_reason": "Moved to another ward"}
    await made(await leader.patch(f"/v1/postings/{first['id']}", json=edit))
    found = await cards(api)
    assert states(found, "C01", "posted")["ward"] == ("breached", "2026-11-20")
    one = line(found["ward"], "C01", "posted")
    assert (one["value"], one["target"], one["shortfall"], one["unit"]) == (2, 3, 1, "officers")
    assert one["finding"] == "1.00 of 2 dedicated ward officers and 1.00 of 1 PCSOs posted."
    ended = {"kind": "posting_ended", "role": "dedicated_ward_officer", "on": "2026-11-20"}
    assert one["evidence"] == [ended]
    assert names(line(found["borough"], "C01", "posted")) == ["Alder 1", "Alder 2", "Alder 3"]
    london = line(found["london"], "C01", "posted")
    assert (london["breached"]["wards"], names(london)) == (6, ["Alder", "Birch"])

    assert await changes(api) == [], "cards are live; the feed tells what runs wrote"
    await check(api)
    told = await changes(api, area=A1, commitment="C01", since="2026-11-29")
    assert {
        one["reading"]: (one["old_status"], one["new_status"]) for one in told
    } == dict.fromkeys(("posted", "available"), ("met", "breached"))
    assert {(one["since"], one["as_of"]) for one in told} == {("2026-11-20", "2026-11-29")}
    assert told[0]["area"] == {"code": A1, "name": "Alder 1", "scope": "ward"}
    assert await changes(api, since="2026-11-30") == []


async def test_an_event_that_was_not_held_is_missing_on_borough_and_london(
    api: Api, clock: Clock
) -> None:
    clock.set(datetime(2026, 1, 5, 12, tzinfo=UTC))
    leader = await leader_of(api)
    for month in (2, 4, 6):
        await held(leader, clock, datetime(2026, month, 3, 18, tzinfo=UTC))
    clock.set(NOW)
    times = {"starts_at": "2026-11-30T18:00:00Z", "ends_at": "2026-11-30T20:00:00Z"}
    event = await published(leader, **times)
    on_track = states(await cards(api), "C06", "four_each_year")
    assert on_track["borough"] == ("on_track", "2026-11-29")
    await check(api)

    clock.set(NOW + timedelta(days=2))
    wanted = {"status": "not_held", "reason": "The hall was locked."}
    await made(await leader.patch(f"/v1/events/{event['id']}", json=wanted))
    found = await cards(api, as_of="2026-12-01")
    assert states(found, "C06", "four_each_year") == {
        "borough": ("at_risk", "2026-11-30"),
        "london": ("at_risk", "2026-10-02"),
    }, "Birch has had no event at all, and is at risk for longer"
    one = line(found["borough"], "C06", "four_each_year")
    assert (one["value"], one["target"], one["shortfall"]) == (3, 4, 1)
    assert {"kind": "event", "id": event["id"]} in one["evidence"]
    await check(api)
    (change,) = await changes(api, area=ALDER, commitment="C06")
    assert (change["old_status"], change["new_status"]) == ("on_track", "at_risk")

    clock.set(datetime(2027, 1, 1, 12, tzinfo=UTC))
    over = await cards(api, as_of="2027-01-01")
    assert states(over, "C06", "two_by_2023")["london"] == ("breached", "2024-01-01")


async def test_a_review_that_is_overdue_turns_red_when_its_grace_is_over(
    api: Api, leader: Api, clock: Clock
) -> None:
    _, opened = await open_set(api, "burglary")
    due = datetime.fromisoformat(opened["review_due_on"]).date()
    late, over = ((due + timedelta(days=days)).isoformat() for days in (1, 15))
    expected = {0: ("met", TODAY.isoformat()), 1: ("at_risk", late), 14: ("at_risk", late)}
    for days, state in {**expected, 15: ("breached", over), 40: ("breached", over)}.items():
        clock.set(datetime(due.year, due.month, due.day, 12, tzinfo=UTC) + timedelta(days=days))
        as_of = (due + timedelta(days=days)).isoformat()
        found = states(await cards(api, as_of=as_of), "C09", "review_on_time")
        assert found == dict.fromkeys(("ward", "borough", "london"), state), days
        await check(api)
    told = await changes(api, area=A1, commitment="C09")
    assert [(one["old_status"], one["new_status"], one["since"]) for one in told] == [
        ("met", "at_risk", late),
        ("at_risk", "breached", over),
    ]


async def test_a_counter_that_closes_breaks_the_promise_on_that_day(api: Api, leader: Api) -> None:
    facility = await make_facility(leader)
    assert (await put_hours(leader, facility, hours_body())).status_code in {200, 201}
    await check(api)
    kept = states(await cards(api), "C19", "counter_24_7")
    assert kept == dict.fromkeys(("borough", "london"), ("met", "2023-10-01"))

    edit = {"closed_on": "2026-11-10", "close_reason": "The building was sold."}
    await made(await leader.patch(f"/v1/facilities/{facility['id']}", json=edit))
    found = await cards(api)
    broken = states(found, "C19", "counter_24_7")
    assert broken == dict.fromkeys(("borough", "london"), ("breached", "2026-11-10"))
    assert "Counter A closed" in line(found["borough"], "C19", "counter_24_7")["finding"]
    assert names(line(found["london"], "C19", "counter_24_7")) == ["Alder"]
    assert states(found, "C40", "face_to_face")["borough"] == ("breached", "2026-11-10")


async def test_a_known_end_puts_promises_at_risk_thirty_days_before(api: Api, clock: Clock) -> None:
    clock.set(NOW)
    admin = await api.as_("admin")
    for borough in (BIRCH, ALDER):
        leads = await staff(admin, "borough_superintendent", borough_code=borough)
    leaves = {"ends_on": "2026-12-10", "end_reason": "Retires"}
    await made(await admin.patch(f"/v1/postings/{leads['id']}", json=leaves))
    facility = await make_facility(admin)
    assert (await put_hours(admin, facility, hours_body())).status_code in {200, 201}
    edit = {"closed_on": "2026-12-10", "close_reason": "The building was sold."}
    await made(await admin.patch(f"/v1/facilities/{facility['id']}", json=edit))
    found = await cards(api)
    risk = dict.fromkeys(("borough", "london"), ("at_risk", "2026-11-10"))
    assert states(found, "C04") == risk
    assert states(found, "C19", "counter_24_7") == risk
    assert states(found, "C40", "face_to_face")["borough"] == ("at_risk", "2026-11-10")
    assert line(found["borough"], "C04")["finding"] == (
        "One person is posted to the borough as its superintendent. "
        "From 10 December 2026 on: nobody is posted to the borough as its superintendent."
    )
    assert line(found["borough"], "C19", "counter_24_7")["finding"] == (
        "A front counter is open day and night. From 10 December 2026 on: "
        "Counter A is closed, and no other front counter is open day and night."
    )


async def test_an_officer_taken_away_breaks_other_lines_than_one_who_leaves(
    api: Api, leader: Api
) -> None:
    first, *_ = await whole_team(leader)
    body = {"starts_on": "2026-11-27", "ends_on": "2026-12-03", "reason": "public_order"}
    path = f"/v1/postings/{first['id']}/abstractions"
    await made(await leader.post(path, json={**body, "exceptional": False}))
    found = await cards(api)
    assert states(found, "C01", "posted")["ward"] == ("met", "2024-02-01")
    assert states(found, "C01", "available")["ward"] == ("breached", "2026-11-27")
    assert states(found, "C21") == dict.fromkeys(found, ("breached", "2026-11-27"))


async def test_a_board_without_the_public_is_none_of_the_promised_ones(
    api: Api, leader: Api
) -> None:
    board = await make_board(leader)
    for kind in ("public", "community_leader", "police"):
        path = f"/v1/boards/{board['id']}/members"
        ends = {"ends_on": "2026-09-01"} if kind == "public" else {}
        await made(await leader.post(path, json=member_body(kind, **ends)))
    found = await cards(api)
    assert states(found, "C17", "board_with_all_sides")["borough"] == ("breached", "2026-09-01")
    london = line(found["london"], "C17", "board_with_all_sides")
    assert (london["since"], names(london)) == ("2024-07-01", ["Alder", "Birch"])


async def test_tells_an_earlier_day_by_what_runs_wrote(api: Api, leader: Api, clock: Clock) -> None:
    first, *_ = await whole_team(leader)
    await check(api)
    clock.set(NOW + timedelta(days=3))
    edit = {"ends_on": "2026-12-01", "end_reason": "Moved to another ward"}
    await made(await leader.patch(f"/v1/postings/{first['id']}", json=edit))
    await check(api)

    for scope in ("ward", "borough", "london"):
        early = await card(api, scope, as_of="2026-11-28")
        assert (early["checked"], early["last_run"]) == ("not_checked", None)
        assert early["counts"] == {"not_checked": len(early["lines"])}
        recorded = await card(api, scope, as_of="2026-12-01")
        assert (recorded["checked"], recorded["last_run"]["number"]) == ("recorded", 1)
        assert recorded["note"] == (
            "As run 1 recorded it on 29 November 2026; findings speak as of that day. "
            "No later run had looked by 1 December 2026."
        )
        now = await card(api, scope, as_of="2026-12-02")
        assert (now["checked"], now["last_run"]["number"]) == ("live", 2)
        assert (now["note"], early["note"]) == (None, None)
        assert now["lines"] == (await card(api, scope))["lines"]
        kept = line(recorded, "C18") if scope != "ward" else line(recorded, "C28")
        assert kept["status"] == "not_measurable"
    ward = [await card(api, "ward", as_of=f"2026-12-0{day}") for day in (1, 2)]
    assert [line(one, "C01", "posted")["status"] for one in ward] == ["met", "breached"]
    assert line(ward[1], "C01", "posted")["since"] == "2026-12-01"


async def test_what_is_live_is_what_a_run_then_writes(api: Api, leader: Api, clock: Clock) -> None:
    await whole_team(leader)
    await open_set(api, "burglary")
    await make_facility(leader)
    live = await cards(api)
    await check(api)
    clock.set(NOW + timedelta(days=1))
    recorded = await cards(api, as_of=TODAY.isoformat())
    for scope, found in recorded.items():
        assert found["checked"] == "recorded"
        assert found["lines"] == live[scope]["lines"]


async def test_says_why_nothing_is_promised_where_the_met_does_not_police(
    api: Api, leader: Api
) -> None:
    for path in (f"/v1/wards/{C1}/commitments", f"/v1/boroughs/{CITY}/commitments"):
        found = (await api.get(path)).json()
        assert found["lines"] == []
        assert "own force" in found["reason"]
    london = await card(api, "london")
    assert line(london, "C18")["status"] == "not_measurable"


async def test_refuses_days_to_come_and_places_that_are_not_there(api: Api, leader: Api) -> None:
    for path in ("/v1/london/commitments", f"/v1/wards/{A1}/commitments"):
        for day in ("2026-11-30", "9999-12-31"):
            answer = await api.get(path, params={"as_of": day})
            assert_problem(answer, 422, "invalid_request")
    assert_problem(await api.get("/v1/wards/E05099999/commitments"), 404, "not_found")
    assert_problem(await api.get("/v1/boroughs/E09000999/commitments"), 404, "not_found")


async def test_shows_how_many_dispute_a_promise_beside_it(api: Api, leader: Api) -> None:
    await check(api)
    body = disputing.of_commitment(ALDER, "C06", as_of=TODAY.isoformat())
    await disputing.filed(api, body)
    one = line(await card(api, "borough"), "C06", "cumulative")
    assert one["disputes"]["open"] == 1
    assert line(await card(api, "ward"), "C07")["disputes"]["open"] == 0
    resident = await api.as_("resident", wards=(B1,))
    for wrong in ({"code": "C99"}, {"as_of": "2026-11-28"}):
        refused = disputing.of_commitment(
            ALDER, **{"code": "C06", "as_of": TODAY.isoformat(), **wrong}
        )
        answer = await resident.post("/v1/disputes", json=refused)
        assert_problem(answer, 422, "unknown_commitment")


async def test_every_line_of_a_card_says_all_of_itself(api: Api, leader: Api) -> None:
    await whole_team(leader)
    for scope, found in (await cards(api)).items():
        assert found["area"]["scope"] == scope
        assert sum(found["counts"].values()) == len(found["lines"]) > 15
        for one in found["lines"]:
            assert one["finding"], one
            assert one["since"], one
            assert one["title"], one


async def test_names_no_officer_and_no_posting(api: Api, leader: Api) -> None:
    first, *_ = await whole_team(leader)
    body = {"starts_on": "2026-11-27", "ends_on": "2026-12-03", "reason": "public_order"}
    path = f"/v1/postings/{first['id']}/abstractions"
    await made(await leader.post(path, json={**body, "exceptional": False}))
    await staff(leader, "sergeant", borough_code=ALDER)
    await check(api)
    postings = (await leader.get("/v1/postings")).json()["items"]
    kept = {one["id"] for one in postings} | {one["officer_id"] for one in postings}
    assert len(kept) > 8
    told = [(await api.get(path)).text for path in (*PATHS.values(), "/v1/commitments/changes")]
    assert not any(one in text for one in kept for text in told)
