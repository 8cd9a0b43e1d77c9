"""Residents: what they see and say of themselves, voting with a session, and being forgotten."""

import pytest
from sqlalchemy import select

from app.models.polls import Envelope
from app.models.residents import Mail, Resident, ResidentSession, SignIn
from app.routers import ballots
from tests.ballot_polls import open_poll_of
from tests.factories import A1, A2, B1
from tests.signing_in import asked, signed_in
from tests.support import assert_problem

pytestmark = pytest.mark.anyio

SAM = "sam@resident.example"


def ballot(poll, option: int = 0) -> tuple[str, dict]:
    body = {"approved_options": [str(poll.options[option])]}
    return f"/v1/polls/{poll.id}/ballot", body


async def cast(resident, poll, option: int = 0):
    path, body = ballot(poll, option)
    return await resident.put(path, json=body)


async def envelopes(api):
    async with api.app.state.database.reading() as session:
        return (await session.scalars(select(Envelope))).all()


@pytest.mark.parametrize(
    ("home", "status", "code"),
    [
        ({}, 422, "validation_failed"),
        ({"ward": A1, "postcode": "AL1 1AA"}, 422, "validation_failed"),
        ({"ward": "E05999999"}, 404, "not_found"),
        ({"ward": "E09000101"}, 422, "validation_failed"),
        ({"postcode": "nonsense"}, 422, "invalid_request"),
        ({"postcode": "ZZ1 1ZZ"}, 404, "postcode_not_found"),
        ({"ward": A1, "level": 2}, 422, "validation_failed"),
    ],
)
async def test_refuses_a_home_that_is_none(api, home, status, code):
    sam = await signed_in(api, SAM)
    assert_problem(await sam.patch("/v1/me", json=home), status, code)
    assert (await sam.get("/v1/me")).json()["ward"] is None


async def test_refuses_an_edit_of_what_has_changed_meanwhile(api):
    sam = await signed_in(api, SAM)
    etag = (await sam.get("/v1/me")).headers["etag"]
    assert (await sam.patch("/v1/me", etag=etag, json={"ward": A1})).status_code == 200
    answer = await sam.patch("/v1/me", etag=etag, json={"ward": A2})
    assert_problem(answer, 412, "stale_version")
    assert_problem(
        await sam.patch("/v1/me", etag=None, json={"ward": A2}), 428, "precondition_required"
    )


async def test_a_resident_of_an_issuer_has_no_account_here(api):
    resident = await api.as_("resident", wards=(A1,), subject="sam")
    me = (await resident.get("/v1/me")).json()
    assert me["kept_by"] == "issuer"
    assert (me["ward"], me["level"]) == (A1, 2)
    answer = await resident.patch("/v1/me", json={"ward": A2})
    assert_problem(answer, 409, "not_registered_here")
    answer = await resident.request("DELETE", "/v1/session")
    assert_problem(answer, 409, "not_registered_here")
    assert (await resident.request("DELETE", "/v1/me")).json()["erased"] is False


async def test_refuses_a_vote_before_a_home_is_stated(api, app):
    poll = await open_poll_of(app)
    sam = await signed_in(api, SAM)
    assert_problem(await cast(sam, poll), 403, "not_your_ward")


async def test_a_stated_home_is_level_one_and_a_postcode_leaves_only_its_ward(api):
    sam = await signed_in(api, SAM)
    answer = await sam.patch("/v1/me", json={"postcode": "al1 1aa"})
    assert answer.status_code == 200
    assert (answer.json()["ward"], answer.json()["level"]) == (A1, 1)
    async with api.app.state.database.reading() as session:
        row = (await session.execute(select(Resident.__table__))).one()
    assert "AL1" not in str(row)
    moved = await sam.patch("/v1/me", json={"ward": B1})
    assert (moved.json()["ward"], moved.json()["level"]) == (B1, 1)


async def test_votes_by_both_ways_and_one_ballot_however_the_address_is_written(api, app):
    poll = await open_poll_of(app)
    sam = await signed_in(api, SAM, ward=A1)
    assert (await cast(sam, poll)).status_code == 201
    assert (await sam.get("/v1/me")).status_code == 200
    again = await signed_in(api, "Sam+vote@RESIDENT.example")
    assert (await cast(again, poll, 1)).json()["seq"] == 2
    assert (await cast(again, poll, 1)).json()["seq"] == 3
    (envelope,) = await envelopes(api)
    assert envelope.level == 1


async def test_the_fast_way_knows_a_session_for_a_moment_and_no_longer(api, app):
    sam = await signed_in(api, SAM, ward=A1)
    scope = {"headers": [(b"authorization", f"Bearer {sam.token}".encode())], "app": app}
    assert ballots.find_resident(scope) is None
    await sam.get("/v1/me")
    found = ballots.find_resident(scope)
    assert found is not None
    assert found.wards == {A1}
    await sam.request("DELETE", "/v1/session")
    assert ballots.find_resident(scope) is None
    poll = await open_poll_of(app)
    await app.state.ballots.polls.get(poll.id)
    assert_problem(await cast(sam, poll), 401, "not_authenticated")


async def test_erasing_leaves_no_row_and_ends_every_session_and_waiting_sign_in(api):
    sam = await signed_in(api, SAM, ward=A1)
    elsewhere = await signed_in(api, SAM)
    sign_in = await asked(api, SAM)
    answer = await sam.request("DELETE", "/v1/me")
    assert answer.json()["erased"] is True
    async with api.app.state.database.reading() as session:
        for table in (Resident, ResidentSession, SignIn, Mail):
            assert (await session.execute(select(table))).all() == []
    for gone in (sam, elsewhere):
        assert_problem(await gone.get("/v1/me"), 401, "not_authenticated")
    path = f"/v1/sign-ins/{sign_in['id']}/session"
    assert_problem(await api.post(path, json={"code": "AAAA-AAAA"}), 404, "sign_in_over")


async def test_erasing_and_returning_gives_no_second_vote(api, app):
    poll = await open_poll_of(app)
    sam = await signed_in(api, SAM, ward=A1)
    assert (await cast(sam, poll)).status_code == 201
    await sam.request("DELETE", "/v1/me")
    assert len(await envelopes(api)) == 1
    back = await signed_in(api, SAM, ward=A1)
    assert (await back.get("/v1/me")).json()["level"] == 1
    answer = await cast(back, poll, 1)
    assert (answer.status_code, answer.json()["seq"]) == (200, 2)
    assert len(await envelopes(api)) == 1


async def test_what_residents_write_drops_no_ready_answer(api, app):
    before = app.state.answers.revision
    sam = await signed_in(api, SAM, ward=A1)
    await sam.request("DELETE", "/v1/me")
    async with app.state.database.reading() as session:
        from app.operations.audit import current_revision

        assert await current_revision(session) == before
