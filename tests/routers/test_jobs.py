"""Jobs over HTTP: asked for by those who may, seen by those concerned, followed, cancelled."""

import json
from typing import Any
from uuid import UUID

import pytest

from app.jobs.kinds import KINDS
from app.jobs.runner import Runner
from tests.factories import ALDER, BIRCH
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

OVERDUE = {"kind": "overdue-reviews", "parameters": {"borough_code": ALDER}}


async def leader_of(api: Api, borough: str = ALDER) -> Api:
    return await api.as_("borough_superintendent", boroughs=(borough,))


async def started(api: Api, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await api.post("/v1/jobs", json=body or OVERDUE)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert answer.headers["retry-after"] == "1"
    return job


async def carried_out(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """Let a worker do the job, and return it as an admin sees it."""
    await Runner(api.app.state.settings).carry_out(UUID(job["id"]))
    found: dict[str, Any] = (await (await api.as_("admin")).get(f"/v1/jobs/{job['id']}")).json()
    return found


async def test_refuses_a_kind_that_nobody_knows(api: Api) -> None:
    admin = await api.as_("admin")
    problem = assert_problem(
        await admin.post("/v1/jobs", json={"kind": "make-tea"}), 422, "invalid_request"
    )
    assert problem["errors"][0]["pointer"] == "/kind"
    assert all(kind in problem["detail"] for kind in KINDS)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"colour": "blue"}, "/parameters/colour"),
        ({"borough_code": "Alder"}, "/parameters/borough_code"),
        ({"borough_code": "E09000999"}, "/parameters/borough_code"),
    ],
)
async def test_refuses_parameters_that_do_not_fit_and_says_where(
    api: Api, parameters: dict[str, Any], pointer: str
) -> None:
    admin = await api.as_("admin")
    body = {"kind": "overdue-reviews", "parameters": parameters}
    problem = assert_problem(await admin.post("/v1/jobs", json=body), 422, "invalid_request")
    assert [item["pointer"] for item in problem["errors"]] == [pointer]


async def test_refuses_what_is_an_admins_to_everyone_else(api: Api) -> None:
    leader = await leader_of(api)
    assert_problem(await leader.post("/v1/jobs", json={"kind": "retention"}), 403, "not_allowed")
    london = {"kind": "overdue-reviews"}
    assert_problem(await leader.post("/v1/jobs", json=london), 403, "outside_territory")
    others = {"kind": "overdue-reviews", "parameters": {"borough_code": BIRCH}}
    assert_problem(await leader.post("/v1/jobs", json=others), 403, "outside_territory")


async def test_nothing_is_left_of_a_job_that_was_refused(api: Api) -> None:
    leader = await leader_of(api)
    await leader.post("/v1/jobs", json={"kind": "retention"})
    assert (await (await api.as_("admin")).get("/v1/jobs")).json()["items"] == []


async def test_a_job_is_asked_for_done_and_read(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    assert (job["state"], job["borough"], job["attempt"]) == ("queued", ALDER, 0)
    waiting = await leader.get(f"/v1/jobs/{job['id']}")
    assert waiting.headers["retry-after"] == "1"
    done = await carried_out(api, job)
    assert (done["state"], done["problem"]) == ("succeeded", None)
    assert done["result"]["without_priorities"] == 3
    assert "retry-after" not in (await leader.get(f"/v1/jobs/{job['id']}")).headers


async def test_a_retry_is_answered_with_the_same_job(api: Api) -> None:
    leader = await leader_of(api)
    first = await leader.post("/v1/jobs", json=OVERDUE, key="the same")
    again = await leader.post("/v1/jobs", json=OVERDUE, key="the same")
    assert again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await leader.get("/v1/jobs")).json()["items"]) == 1


async def test_lists_the_jobs_of_ones_own_borough_and_filters_them(api: Api) -> None:
    leader, other = await leader_of(api), await leader_of(api, BIRCH)
    admin, auditor = await api.as_("admin"), await api.as_("auditor")
    mine = await started(leader)
    ours = await started(admin, {"kind": "retention"})
    await leader.post(f"/v1/jobs/{mine['id']}/cancellation")

    async def ids(reader: Api, query: str = "") -> list[str]:
        return [item["id"] for item in (await reader.get(f"/v1/jobs{query}")).json()["items"]]

    assert await ids(leader) == [mine["id"]]
    assert await ids(other) == []
    assert await ids(auditor) == [ours["id"], mine["id"]]
    assert await ids(admin, "?state=cancelled") == [mine["id"]]
    assert await ids(admin, "?state=cancelled&state=queued") == [ours["id"], mine["id"]]
    assert await ids(admin, "?kind=retention") == [ours["id"]]
    assert await ids(admin, "?kind=retention&state=failed") == []
    first = (await admin.get("/v1/jobs?limit=1")).json()
    assert [item["id"] for item in (await admin.get(first["next"])).json()["items"]] == [mine["id"]]


async def test_cancels_a_waiting_job_once_and_refuses_to_cancel_what_ended(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    path = f"/v1/jobs/{job['id']}/cancellation"
    cancelled = await leader.post(path)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert_problem(await leader.post(path), 409, "job_ended")
    assert (await carried_out(api, job))["state"] == "cancelled"


async def test_the_audit_trail_says_who_asked_and_who_cancelled(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    await leader.post(f"/v1/jobs/{job['id']}/cancellation")
    entries = (await (await api.as_("auditor")).get("/v1/audit")).json()["items"]
    acts = [entry["action"] for entry in entries if entry["subject_id"] == job["id"]]
    assert acts == ["cancel_job", "ask_for_job"]


def events_of(text: str) -> list[dict[str, Any]]:
    """Return the events of a stream that ended."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if fields:
            found.append({**fields, "data": json.loads(fields["data"])})
    return found


async def test_a_stream_tells_all_from_the_start_and_ends_with_the_job(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    await carried_out(api, job)
    answer = await leader.get(f"/v1/jobs/{job['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    events = events_of(answer.text)
    assert [event["id"] for event in events] == [str(n) for n in range(1, len(events) + 1)]
    assert [event["event"] for event in events] == ["progress"] * (len(events) - 1) + ["done"]
    assert [events[0]["data"]["state"], events[-1]["data"]["state"]] == ["queued", "succeeded"]


async def test_a_stream_goes_on_behind_the_last_event_that_was_seen(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    await carried_out(api, job)
    path = f"/v1/jobs/{job['id']}/events"
    every = events_of((await leader.get(path)).text)
    for seen in range(len(every) + 1):
        rest = await leader.get(path, headers={"Last-Event-ID": str(seen)})
        assert events_of(rest.text) == every[seen:]


@pytest.mark.parametrize("last", ["-1", "x", "1.5", str(2**40)])
async def test_refuses_a_last_event_that_is_none(api: Api, last: str) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    path = f"/v1/jobs/{job['id']}/events"
    answer = await leader.get(path, headers={"Last-Event-ID": last})
    assert_problem(answer, 422, "validation_failed")


async def test_a_head_of_a_stream_does_not_wait_for_the_job(api: Api) -> None:
    leader = await leader_of(api)
    job = await started(leader)
    head = await leader.request("HEAD", f"/v1/jobs/{job['id']}/events", timeout=5)
    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")
