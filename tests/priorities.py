"""Bodies and acts that the tests of priorities share."""

from typing import Any

from tests.factories import A1
from tests.support import Api

OBJECTIVE = {
    "specific": "Fewer break-ins on two streets",
    "measurable": "Burglaries recorded each month",
    "achievable": "Two patrols a week",
    "relevant": "First in the ward poll",
    "time_bound": "By the next review",
}
OUTCOME = {
    "kind": "delivered",
    "claimed_by": "panel",
    "statement": "Half as many break-ins as in the quarter before",
    "evidence": [{"text": "Figures shown to the panel", "url": "https://panel.example/minutes"}],
}


def square_area(west: float, south: float, size: float = 0.002) -> dict[str, Any]:
    """Return a GeoJSON square."""
    east, north = west + size, south + size
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def priority(concern: str, rank: int, **facts: Any) -> dict[str, Any]:
    """Return the body of one priority."""
    body = {"rank": rank, "concern": concern, "title": f"About {concern}", "objective": OBJECTIVE}
    return {**body, **facts}


def set_body(*concerns: str, **facts: Any) -> dict[str, Any]:
    """Return the body of a set about these concerns in their order."""
    ranked = [priority(concern, rank) for rank, concern in enumerate(concerns, 1)]
    return {"decided_by": "panel", "priorities": ranked, **facts}


async def open_set(api: Api, *concerns: str, ward: str = A1) -> tuple[Api, dict[str, Any]]:
    """Return an officer of the ward, and the set they opened there."""
    officer = await api.as_("ward_officer", wards=(ward,))
    answer = await officer.post(f"/v1/wards/{ward}/priority-sets", json=set_body(*concerns))
    assert answer.status_code == 201, answer.text
    return officer, answer.json()
