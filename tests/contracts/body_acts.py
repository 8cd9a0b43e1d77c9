"""Where boards and facilities may be kept: acts of tests/contracts/territory.py."""

from tests import bodies
from tests.contracts.acts import LEADER, Act, Scene, leader_of, nothing
from tests.support import Api


async def a_board(api: Api) -> Scene:
    """Enter a board of Alder with a member, and a meeting that decided something."""
    return await bodies.whole_board(await leader_of(api))


async def a_facility(api: Api) -> Scene:
    """Enter a front counter of Alder."""
    return {"facility": await bodies.make_facility(await leader_of(api))}


BODY_ACTS = (
    Act(
        "create_board",
        nothing,
        lambda api, _: api.post("/v1/boards", json=bodies.board_body()),
        LEADER,
    ),
    Act(
        "edit_board",
        a_board,
        lambda api, made: api.patch(bodies.at(made["board"]), json={"name": "Another"}),
        LEADER,
    ),
    Act(
        "seat_board_member",
        a_board,
        lambda api, made: api.post(
            f"{bodies.at(made['board'])}/members", json=bodies.member_body("public")
        ),
        LEADER,
    ),
    Act(
        "edit_board_member",
        a_board,
        lambda api, made: api.patch(
            f"{bodies.at(made['board'])}/members/{made['member']['id']}", json={"label": "Chair"}
        ),
        LEADER,
    ),
    Act(
        "enter_board_meeting",
        a_board,
        lambda api, made: api.post(
            f"{bodies.at(made['board'])}/meetings", json=bodies.meeting_body()
        ),
        LEADER,
    ),
    Act(
        "edit_board_meeting",
        a_board,
        lambda api, made: api.patch(
            f"{bodies.at(made['board'])}/meetings/{made['meeting']['id']}",
            json={"open_to_public": False},
        ),
        LEADER,
    ),
    Act(
        "record_board_decision",
        a_board,
        lambda api, made: api.post(
            f"{bodies.at(made['board'])}/meetings/{made['meeting']['id']}/decisions",
            json=bodies.DECISION,
        ),
        LEADER,
    ),
    Act(
        "edit_board_decision",
        a_board,
        lambda api, made: api.patch(
            f"{bodies.at(made['board'])}/decisions/{made['decision']['id']}",
            json={"owner": "Sergeant"},
        ),
        LEADER,
    ),
    Act(
        "create_facility",
        nothing,
        lambda api, _: api.post("/v1/facilities", json=bodies.facility_body()),
        LEADER,
    ),
    Act(
        "edit_facility",
        a_facility,
        lambda api, made: api.patch(
            f"/v1/facilities/{made['facility']['id']}", json={"name": "Counter B"}
        ),
        LEADER,
    ),
    Act(
        "set_facility_hours",
        a_facility,
        lambda api, made: bodies.put_hours(api, made["facility"], bodies.hours_body()),
        LEADER,
    ),
)
