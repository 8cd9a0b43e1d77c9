"""What the tests of cards share: asking for all three, and finding a line on them."""

from typing import Any

from tests.factories import A1, ALDER
from tests.polling import made
from tests.support import Api

Card = dict[str, Any]
Cards = dict[str, Card]
PATHS = {
    "ward": f"/v1/wards/{A1}/commitments",
    "borough": f"/v1/boroughs/{ALDER}/commitments",
    "london": "/v1/london/commitments",
}


async def card(api: Api, scope: str, **query: Any) -> Card:
    """Return the card of A1, of Alder or of London."""
    answer = await api.get(PATHS[scope], params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def cards(api: Api, **query: Any) -> Cards:
    """Return all three cards."""
    return {scope: await card(api, scope, **query) for scope in PATHS}


def line(found: Card, commitment: str, reading: str = "as_written") -> Card:
    """Return one line of a card."""
    (one,) = [
        one
        for one in found["lines"]
        if (one["commitment"], one["reading"]) == (commitment, reading)
    ]
    return dict(one)


def states(found: Cards, commitment: str, reading: str = "as_written") -> dict[str, Any]:
    """Return status and first day of a line on each card that has it."""
    return {
        scope: (one["status"], one["since"])
        for scope, of in found.items()
        for one in of["lines"]
        if (one["commitment"], one["reading"]) == (commitment, reading)
    }


def names(one: Card) -> list[str]:
    """Return the names of the areas in which a line is broken."""
    return [area["name"] for area in one["breached"]["areas"]]


async def check(api: Api) -> Card:
    """Ask for a run of the checks, as an admin."""
    return await made(await (await api.as_("admin")).post("/v1/commitment-checks"))


async def changes(api: Api, **query: Any) -> list[Card]:
    """Return the changes that runs found."""
    answer = await api.get("/v1/commitments/changes", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def staff(leader: Api, role: str, starts_on: str = "2024-02-01", **place: Any) -> Card:
    """Post a new officer to A1, or to the borough named."""
    body = {"display_name": "PC Ada Example", "rank": "Police Constable", "fictional": True}
    officer = await made(await leader.post("/v1/officers", json=body))
    where = place or {"ward_code": A1}
    posting = {"officer_id": officer["id"], "role": role, "fte": 1, "starts_on": starts_on}
    return await made(await leader.post("/v1/postings", json=posting | where))


async def whole_team(leader: Api) -> list[Card]:
    """Post two ward officers and a PCSO to A1."""
    roles = ("dedicated_ward_officer", "dedicated_ward_officer", "pcso")
    return [await staff(leader, role) for role in roles]
