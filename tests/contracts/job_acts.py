"""Where jobs may be asked for, seen and cancelled: acts of tests/contracts/territory.py."""

from tests.contracts.acts import LEADER, UNSEEN, Act, Scene, leader_of, nothing
from tests.factories import ALDER
from tests.support import Api


async def a_job(api: Api) -> Scene:
    """Let Alder's superintendent ask for a job about Alder."""
    body = {"kind": "overdue-reviews", "parameters": {"borough_code": ALDER}}
    answer = await (await leader_of(api)).post("/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    return {"job": answer.json()}


async def a_job_that_ended(api: Api) -> Scene:
    """Cancel a job about Alder before anybody took it up."""
    scene = await a_job(api)
    path = f"/v1/jobs/{scene['job']['id']}/cancellation"
    assert (await (await leader_of(api)).post(path)).json()["state"] == "cancelled"
    return scene


JOB_ACTS = (
    Act(
        "create_refresh_run",
        nothing,
        lambda api, _: api.post("/v1/refresh-runs", json={"borough_code": ALDER}),
        LEADER,
    ),
    Act(
        "create_job",
        nothing,
        lambda api, _: api.post(
            "/v1/jobs", json={"kind": "overdue-reviews", "parameters": {"borough_code": ALDER}}
        ),
        LEADER,
    ),
    Act(
        "get_job",
        a_job,
        lambda api, made: api.get(f"/v1/jobs/{made['job']['id']}"),
        LEADER,
        UNSEEN,
    ),
    Act(
        "follow_job",
        a_job_that_ended,
        lambda api, made: api.get(f"/v1/jobs/{made['job']['id']}/events"),
        LEADER,
        UNSEEN,
    ),
    Act(
        "cancel_job",
        a_job,
        lambda api, made: api.post(f"/v1/jobs/{made['job']['id']}/cancellation"),
        LEADER,
        UNSEEN,
    ),
)
