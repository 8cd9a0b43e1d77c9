"""Fictional events for the tests, made over HTTP as a team would."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.factories import A1, ALDER
from tests.routers.conftest import Clock
from tests.support import Api

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def announcement(**changes: Any) -> dict[str, Any]:
    """Return the body of a plausible event in Alder 1, a day after NOON."""
    return {
        "kind": "open_community",
        "title": "Meet the fictional ward team",
        "description": "Say what should change.",
        "borough": ALDER,
        "wards": [A1],
        "starts_at": "2026-06-11T18:00:00+01:00",
        "ends_at": "2026-06-11T20:00:00+01:00",
        "place": "Example Library, 1 Example Road",
        "open_to_all": True,
    } | changes


async def made(team: Api, **changes: Any) -> dict[str, Any]:
    """Return a new draft."""
    answer = await team.post("/v1/events", json=announcement(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def published(team: Api, **changes: Any) -> dict[str, Any]:
    """Return a new published event."""
    event = await made(team, **changes)
    answer = await team.patch(f"/v1/events/{event['id']}", json={"status": "published"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def report(**changes: Any) -> dict[str, Any]:
    """Return the body of a plausible record."""
    return {
        "attendance": 31,
        "attendance_method": "counted",
        "notes": "Most spoke of burglary.",
        "concerns_raised": {"burglary": 12},
    } | changes


async def held(team: Api, clock: Clock, at: datetime, **changes: Any) -> dict[str, Any]:
    """Return an event begun at this instant, published a day before and recorded a day after."""
    clock.set(at - timedelta(days=1))
    ends_at = (at + timedelta(hours=2)).isoformat()
    event = await published(team, starts_at=at.isoformat(), ends_at=ends_at, **changes)
    clock.set(at + timedelta(days=1))
    answer = await team.put(f"/v1/events/{event['id']}/record", json=report())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())
