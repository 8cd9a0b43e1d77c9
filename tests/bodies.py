"""Boards and facilities of Alder as leaders enter them; plainly synthetic."""

from typing import Any

import httpx

from tests.factories import ALDER
from tests.polling import made
from tests.support import Api

Row = dict[str, Any]

DECISION = {"text": "Publish the patrol plan", "owner": "Inspector", "due_on": "2024-12-01"}


def board_body(**facts: Any) -> Row:
    """Return the body of a board of Alder since June 2024."""
    plain = {"borough": ALDER, "name": "Alder board", "established_on": "2024-06-01"}
    return {**plain, **facts}


def member_body(kind: str, **facts: Any) -> Row:
    """Return the body of a seat since June 2024."""
    return {"kind": kind, "starts_on": "2024-06-01", **facts}


def meeting_body(**facts: Any) -> Row:
    """Return the body of a meeting that was held in September 2024."""
    return {"meets_on": "2024-09-12", "status": "held", "open_to_public": True, **facts}


def facility_body(**facts: Any) -> Row:
    """Return the body of a front counter in A1 since October 2023."""
    plain = {"borough": ALDER, "kind": "front_counter", "name": "Counter A", "address": "1 Way"}
    where = {"lat": 51.505, "lng": -0.095}
    return {**plain, "location": where, "opened_on": "2023-10-01", **facts}


def hours_body(**facts: Any) -> Row:
    """Return the body of hours that never end, since October 2023."""
    plain = {"valid_from": "2023-10-01", "is_24_7": True, "verified_on": "2023-10-02"}
    return {**plain, "source": "Notice at the door", **facts}


def at(board: Row) -> str:
    """Return the address of a board."""
    return f"/v1/boards/{board['id']}"


async def make_board(api: Api, **facts: Any) -> Row:
    """Enter a board."""
    return await made(await api.post("/v1/boards", json=board_body(**facts)))


async def whole_board(api: Api) -> Row:
    """Enter a board with a police member, and a meeting that decided something."""
    board = await make_board(api)
    member = await made(await api.post(f"{at(board)}/members", json=member_body("police")))
    meeting = await made(await api.post(f"{at(board)}/meetings", json=meeting_body()))
    path = f"{at(board)}/meetings/{meeting['id']}/decisions"
    decision = await made(await api.post(path, json=DECISION))
    return {"board": board, "member": member, "meeting": meeting, "decision": decision}


async def make_facility(api: Api, **facts: Any) -> Row:
    """Enter a facility."""
    return await made(await api.post("/v1/facilities", json=facility_body(**facts)))


async def put_hours(api: Api, facility: Row, body: Row, etag: str = "*") -> httpx.Response:
    """Send the hours of a facility."""
    path = f"/v1/facilities/{facility['id']}/hours"
    return await api.put(path, json=body, headers={"If-Match": etag})
