"""The main job, end to end over HTTP: from a postcode to priorities that say why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import A1, ALDER
from tests.polling import leader_of, made, move, open_poll, publish_heads
from tests.priorities import open_set
from tests.refreshing import decision, opened, publish
from tests.support import Api

pytestmark = pytest.mark.anyio

VOTERS = 12


async def vote_as_many(api: Api, poll: dict[str, Any]) -> None:
    """Let residents approve the first two options, one of them after a change of mind."""
    path = f"/v1/polls/{poll['id']}/ballot"
    first, second, third, *_ = (option["id"] for option in poll["options"])
    for number in range(VOTERS):
        resident = await api.as_("resident", wards=(A1,), subject=f"resident {number}")
        if number == 0:
            earlier = await resident.put(path, json={"approved_options": [third]})
            assert earlier.status_code == 201, earlier.text
        last = await resident.put(path, json={"approved_options": [first, second]})
        assert last.status_code == (200 if number == 0 else 201), last.text


async def test_takes_a_ward_from_postcode_to_new_priorities(api: Api) -> None:
    located = (await api.get("/v1/locate?postcode=al1+1aa")).json()["ward"]
    assert located["code"] == A1
    officer, former = await open_set(api, "fraud")
    leader = await leader_of(api)
    poll = await open_poll(leader)

    await vote_as_many(api, poll)
    await publish_heads(api)
    shown = (await api.get(f"/v1/polls/{poll['id']}")).json()
    assert shown["turnout"] == {"at_least": 10, "exact": None}
    poll = await move(leader, poll, "closed", "counted", "published")
    assert (await api.get(f"/v1/polls/{poll['id']}/result")).status_code == 200
    chosen = [option["concern"] for option in poll["options"][:2]]

    refresh = await opened(officer, seats=2)
    proposed = sorted(
        (c["rank"], c["concern"]) for c in refresh["proposal"]["candidates"] if c["verdict"] == "in"
    )
    assert {concern for _, concern in proposed} == set(chosen)
    decided = decision(*(concern for _, concern in proposed), dropped=["fraud"])
    published = await publish(officer, refresh, decided)
    assert published.status_code == 201, published.text

    page = (await api.get(f"/v1/wards/{A1}", params={"include": "priorities,events"})).json()
    assert {p["concern"] for p in page["priorities"]["priorities"]} == set(chosen)
    assert page["priorities"]["id"] != former["id"]
    history = (await api.get(f"/v1/wards/{A1}/priority-sets")).json()["items"]
    assert [past["status"] for past in history] == ["active", "superseded"]
    told = (await api.get(f"/v1/refreshes/{refresh['id']}")).json()
    assert all(item["reason"] for item in told["items"])


async def test_lists_what_is_on_in_a_borough(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    begins = datetime.now(UTC) + timedelta(days=3)
    event = await made(
        await officer.post(
            "/v1/events",
            json={
                "kind": "open_community",
                "title": "Meet the fictional ward team",
                "description": "Say what should change.",
                "borough": ALDER,
                "wards": [A1],
                "starts_at": begins.isoformat(),
                "ends_at": (begins + timedelta(hours=2)).isoformat(),
                "place": "Example Library, 1 Example Road",
                "open_to_all": True,
            },
        )
    )
    listed = f"/v1/boroughs/{ALDER}/events"
    assert (await api.get(listed)).json()["items"] == []
    await officer.patch(f"/v1/events/{event['id']}", json={"status": "published"})
    assert [e["id"] for e in (await api.get(listed)).json()["items"]] == [event["id"]]
    calendar = await api.get(f"/v1/boroughs/{ALDER}/events.ics")
    assert "Meet the fictional ward team" in calendar.text
