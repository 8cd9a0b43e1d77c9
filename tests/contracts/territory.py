"""Where each guarded operation may be carried out, as acts that the access test plays through.

Whoever adds a guarded operation adds an `Act` here, or names it in `ANYWHERE` with the reason why
no territory binds it. An act is prepared once in ward A1 of Alder, refused to callers of another
ward, of another borough and with an ended posting, and then carried out by a caller of A1.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.dependencies import unit_of_work
from app.models.events import CommunityEvent, EventWard
from tests import disputing, polling, priorities, refreshing
from tests.contracts.acts import LEADER, Act, Scene, leader_of, nothing
from tests.contracts.body_acts import BODY_ACTS
from tests.contracts.job_acts import JOB_ACTS
from tests.factories import A1, ALDER
from tests.routers import event_samples
from tests.support import Api


async def a_round(api: Api) -> Scene:
    """Make a round of Alder."""
    return {"round": await polling.make_round(await leader_of(api))}


async def a_poll(api: Api) -> Scene:
    """Draft a poll in A1."""
    return {"poll": await polling.draft_poll(await leader_of(api))}


async def a_scheduled_poll(api: Api) -> Scene:
    """Schedule a poll in A1, which somebody else must open."""
    leader = await leader_of(api)
    return {"poll": await polling.move(leader, await polling.draft_poll(leader), "scheduled")}


async def an_open_poll(api: Api) -> Scene:
    """Open a poll in A1."""
    return {"poll": await polling.open_poll(await leader_of(api))}


async def a_closed_poll(api: Api) -> Scene:
    """Schedule a poll in A1 and let its round pass."""
    poll = await polling.open_poll(await leader_of(api))
    await polling.shift_round(api, poll, closes_at=datetime.now(UTC) - timedelta(seconds=1))
    return {"poll": poll}


async def an_event(api: Api) -> Scene:
    """Publish an event in A1."""
    return {"event": await event_samples.published(await leader_of(api), **LATER)}


async def an_event_that_was(api: Api) -> Scene:
    """Write an event of A1 that is over and not recorded."""
    now = datetime.now(UTC)
    event = CommunityEvent(
        kind="open_community",
        title="Synthetic meeting",
        description="Plainly synthetic.",
        borough_code=ALDER,
        starts_at=now - timedelta(hours=3),
        ends_at=now - timedelta(hours=1),
        place="Hall",
        accessibility=[],
        open_to_all=True,
        hosts=[],
        status="published",
        created_at=now,
        updated_at=now,
    )
    async with unit_of_work(api.app.state.database) as session:
        session.add(event)
        await session.flush()
        session.add(EventWard(event_id=event.id, ward_code=A1))
    return {"event": {"id": str(event.id)}}


async def a_priority(api: Api) -> Scene:
    """Open a set in A1."""
    _, opened = await priorities.open_set(api, "burglary")
    return {"priority": opened["priorities"][0]}


async def a_dispute(api: Api) -> Scene:
    """Dispute the outcome of a priority of A1."""
    _, priority = await disputing.ended_priority(api)
    return {"dispute": (await disputing.filed(api, disputing.dispute_of(priority)))[1]}


async def an_answered_dispute(api: Api) -> Scene:
    """Have a dispute in A1 answered."""
    scene = await a_dispute(api)
    await disputing.act(await leader_of(api), scene["dispute"], "answer", disputing.ANSWER)
    return scene


async def an_officer(api: Api) -> Scene:
    """Enter an officer and post them in A1."""
    leader = await leader_of(api)
    body = {"display_name": "PC Ada Example", "rank": "Police Constable", "fictional": True}
    officer = await polling.made(await leader.post("/v1/officers", json=body))
    posting = await polling.made(await leader.post("/v1/postings", json=posted(officer, fte=0.5)))
    return {"officer": officer, "posting": posting}


async def an_abstraction(api: Api) -> Scene:
    """Take an officer of A1 away."""
    scene = await an_officer(api)
    path = f"/v1/postings/{scene['posting']['id']}/abstractions"
    answer = await (await leader_of(api)).post(path, json=ABSTRACTION)
    return {**scene, "abstraction": await polling.made(answer)}


async def a_refresh(api: Api) -> Scene:
    """Open a refresh of A1."""
    return {"refresh": await refreshing.opened(await api.as_("sergeant", wards=(A1,)))}


def posted(officer: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Return the body of a posting in A1."""
    place = {"officer_id": officer["id"], "role": "dedicated_ward_officer", "ward_code": A1}
    return {**place, "fte": 0.1, "starts_on": "2026-01-01", **facts}


LATER = {"starts_at": "2095-06-11T18:00:00+01:00", "ends_at": "2095-06-11T20:00:00+01:00"}
ABSTRACTION = {
    "starts_on": "2026-03-01",
    "ends_on": "2026-04-01",
    "reason": "public_order",
    "exceptional": False,
    "note": None,
}
ACTION = {"kind": "patrol", "text": "Evening patrols", "done_on": "2026-03-01"}
DECISION = refreshing.decision("burglary")

TERRITORY = (
    Act(
        "create_round",
        nothing,
        lambda api, _: api.post("/v1/rounds", json=polling.round_body()),
        LEADER,
    ),
    Act(
        "create_poll",
        a_round,
        lambda api, made: api.post("/v1/polls", json=polling.poll_body(made["round"]["id"])),
        LEADER,
    ),
    Act(
        "change_poll",
        a_poll,
        lambda api, made: api.patch(f"/v1/polls/{made['poll']['id']}", json={"seats": 1}),
        LEADER,
    ),
    Act(
        "change_poll",
        a_scheduled_poll,
        lambda api, made: api.patch(f"/v1/polls/{made['poll']['id']}", json={"status": "open"}),
        LEADER,
    ),
    *(
        Act(
            "change_poll",
            an_open_poll,
            lambda api, made, to=to: api.patch(
                f"/v1/polls/{made['poll']['id']}", json={"status": to, "reason": "The test"}
            ),
            LEADER,
        )
        for to in ("closed", "cancelled")
    ),
    Act(
        "create_event",
        nothing,
        lambda api, _: api.post("/v1/events", json=event_samples.announcement(**LATER)),
    ),
    Act(
        "edit_event",
        an_event,
        lambda api, made: api.patch(f"/v1/events/{made['event']['id']}", json={"place": "Hall 2"}),
    ),
    Act(
        "record_event",
        an_event_that_was,
        lambda api, made: api.put(
            f"/v1/events/{made['event']['id']}/record",
            json=event_samples.report(),
            headers={"If-Match": "*"},
        ),
    ),
    Act(
        "release_quarantine",
        a_closed_poll,
        lambda api, made: api.post(
            f"/v1/polls/{made['poll']['id']}/quarantine-releases", json={"reason": "They are real"}
        ),
        LEADER,
    ),
    Act(
        "issue_residence_codes",
        nothing,
        lambda api, _: api.post("/v1/residence-codes", json={"ward": A1, "number": 2}),
        "pcso",
    ),
    Act(
        "set_ward_priorities",
        nothing,
        lambda api, _: api.post(
            f"/v1/wards/{A1}/priority-sets", json=priorities.set_body("burglary")
        ),
    ),
    Act(
        "edit_priority",
        a_priority,
        lambda api, made: api.patch(
            f"/v1/priorities/{made['priority']['id']}",
            json={"title": "Burglary here", "reason": "Clearer"},
        ),
    ),
    Act(
        "record_priority_action",
        a_priority,
        lambda api, made: api.post(f"/v1/priorities/{made['priority']['id']}/actions", json=ACTION),
        "pcso",
    ),
    Act(
        "record_priority_outcome",
        a_priority,
        lambda api, made: api.post(
            f"/v1/priorities/{made['priority']['id']}/outcomes", json=priorities.OUTCOME
        ),
    ),
    Act(
        "answer_dispute",
        a_dispute,
        lambda api, made: disputing.step(api, made["dispute"], "answer", disputing.ANSWER),
        "pcso",
    ),
    Act(
        "decide_dispute",
        an_answered_dispute,
        lambda api, made: disputing.step(api, made["dispute"], "decision", disputing.UPHELD),
        LEADER,
    ),
    Act(
        "get_officer",
        an_officer,
        lambda api, made: api.get(f"/v1/officers/{made['officer']['id']}"),
        LEADER,
    ),
    Act(
        "update_officer",
        an_officer,
        lambda api, made: api.patch(
            f"/v1/officers/{made['officer']['id']}", json={"display_name": "PC Bo Example"}
        ),
        LEADER,
    ),
    Act(
        "post_officer",
        an_officer,
        lambda api, made: api.post("/v1/postings", json=posted(made["officer"])),
        LEADER,
    ),
    Act(
        "get_posting",
        an_officer,
        lambda api, made: api.get(f"/v1/postings/{made['posting']['id']}"),
    ),
    Act(
        "update_posting",
        an_officer,
        lambda api, made: api.patch(f"/v1/postings/{made['posting']['id']}", json={"fte": 0.4}),
        LEADER,
    ),
    Act(
        "record_abstraction",
        an_officer,
        lambda api, made: api.post(
            f"/v1/postings/{made['posting']['id']}/abstractions", json=ABSTRACTION
        ),
        "sergeant",
    ),
    Act(
        "list_abstractions",
        an_abstraction,
        lambda api, made: api.get(f"/v1/postings/{made['posting']['id']}/abstractions"),
        "pcso",
    ),
    Act(
        "get_abstraction",
        an_abstraction,
        lambda api, made: api.get(
            f"/v1/postings/{made['posting']['id']}/abstractions/{made['abstraction']['id']}"
        ),
    ),
    Act(
        "correct_abstraction",
        an_abstraction,
        lambda api, made: api.patch(
            f"/v1/postings/{made['posting']['id']}/abstractions/{made['abstraction']['id']}",
            json={"exceptional": True},
        ),
        "sergeant",
    ),
    Act(
        "withdraw_abstraction",
        an_abstraction,
        lambda api, made: api.post(
            f"/v1/postings/{made['posting']['id']}/abstractions/{made['abstraction']['id']}"
            "/withdrawal",
            json={"reason": "Entered for another officer"},
        ),
        "sergeant",
    ),
    Act(
        "open_refresh",
        nothing,
        lambda api, _: api.post(f"/v1/wards/{A1}/refreshes", json={"trigger": "scheduled"}),
    ),
    Act(
        "publish_refresh",
        a_refresh,
        lambda api, made: refreshing.publish(api, made["refresh"], DECISION),
        "sergeant",
    ),
    Act(
        "abandon_refresh",
        a_refresh,
        lambda api, made: api.post(
            f"/v1/refreshes/{made['refresh']['id']}/abandonment", json={"reason": "Too early"}
        ),
    ),
    *JOB_ACTS,
    *(
        Act(
            "submit_evidence",
            nothing,
            lambda api, _: api.post("/v1/evidence", json=refreshing.finding()),
            role,
        )
        for role in ("ward_officer", "sergeant")
    ),
    *BODY_ACTS,
)

ANYWHERE = {
    "list_own_disputes": "the list holds only what the caller filed",
    "run_commitment_checks": "one run checks every promise in all of London",
    "record_release": "analysts and admins keep what the force publishes, for all of London",
    "withdraw_release": "analysts and admins keep what the force publishes, for all of London",
    "create_officer": "an officer is entered before any posting, by whoever leads a borough",
    "activate_boundary_edition": "a boundary edition is of all London",
    "get_approval": "whoever may not see it finds nothing: tests/routers/test_two_people.py",
    "list_approvals": "the list holds only requests of the caller's boroughs",
    "list_jobs": "the list holds only jobs of the caller's boroughs, and their own",
    "list_partner_keys": "overseers see the keys of all partners",
    "get_partner_key": "overseers see the keys of all partners",
    "make_partner_key": "admins answer for partners in all of London",
    "change_partner_key": "admins answer for partners in all of London",
    "withdraw_approval": "only whoever asked may take a request back, wherever they are posted now",
    "list_officers": "the list holds only officers of the caller's boroughs",
    "list_postings": "the list holds only postings in the caller's area",
    "open_poll_again": "the auditor oversees all of London",
    "destroy_round_keys": "auditors and admins oversee all of London, and it takes two of them",
    "file_dispute": "residents dispute anywhere; keys: tests/routers/test_dispute_refusals.py",
    "withdraw_dispute": "a dispute is taken back by whoever filed it, wherever that was",
    "end_session": "whose session ends is said by its own token",
    "erase_me": "a resident erases themselves only, whom their token names",
    "prove_residence": "a resident's home is said by the code or proof itself",
    "get_me": "a resident reads of themselves only, whom their token names",
    "get_demographics": "a resident reads of themselves only, whom their token names",
    "give_demographics": "a resident speaks of themselves only, whom their token names",
    "withdraw_demographics": "a resident takes back their own only, whom their token names",
    "state_home": "a resident says where they live themselves, which the level of proof tells",
    "put_ballot": "a resident's ward is their home, which tests/routers/test_ballots.py proves",
}
"""Operations that no posting binds, each with the reason."""
