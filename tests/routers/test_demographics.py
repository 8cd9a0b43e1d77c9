"""What residents say of themselves: optional, sealed, changeable, and gone when they say so."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from app.domain.representation import Dimension, pack_answers, unpack_answers
from app.models.demographics import DemographicAnswer
from app.operations.retention import forget_what_is_over
from tests.disputing import of_commitment
from tests.factories import A1
from tests.polling import made
from tests.signing_in import asked, code_in, mail_to, prove
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

PATH = "/v1/me/demographics"
NOTHING = {"age": None, "sex": None, "ethnicity": None, "disability": None, "kept_until": None}


async def signed_in(api: Api, email: str = "sam@resident.example") -> Api:
    """Return the service as a resident of its own sees it."""
    sign_in = await asked(api, email)
    mail = await mail_to(api, email)
    token = (await prove(api, sign_in, code=code_in(mail))).json()["access_token"]
    return Api(api.client, api.app, token)


async def kept(api: Api) -> int:
    async with api.app.state.database.reading() as session:
        return (await session.scalars(select(func.count()).select_from(DemographicAnswer))).one()


async def test_refuses_staff_and_strangers(api: Api):
    assert_problem(await api.get(PATH), 401, "not_authenticated")
    officer = await api.as_("ward_officer", wards=(A1,))
    assert_problem(await officer.put(PATH, json={"sex": "male"}), 403, "not_allowed")


async def test_refuses_answers_that_are_none(api: Api):
    resident = await api.as_("resident", wards=(A1,))
    answer = await resident.put(PATH, json={"age": "41"})
    assert answer.status_code == 422
    assert_problem(await resident.put(PATH, json={"religion": "x"}), 422, "validation_failed")
    assert await kept(api) == 0


@pytest.mark.parametrize("registered", [True, False])
async def test_keeps_changes_and_forgets_what_a_resident_says(api: Api, *, registered: bool):
    me = await signed_in(api) if registered else await api.as_("resident", wards=(A1,))
    assert (await me.get(PATH)).json() == NOTHING
    said = {"age": "25-44", "ethnicity": "prefer-not-to-say"}
    answer = await me.put(PATH, json=said)
    assert answer.status_code == 200, answer.text
    year = datetime.now(UTC).year + 2
    assert (await me.get(PATH)).json() == {**NOTHING, **said, "kept_until": year}
    await me.put(PATH, json={"sex": "female"})
    assert (await me.get(PATH)).json() == {**NOTHING, "sex": "female", "kept_until": year}
    assert await kept(api) == 1
    assert (await me.request("DELETE", PATH)).json()["withdrawn"]
    assert (await me.get(PATH)).json() == NOTHING
    assert await kept(api) == 0


@pytest.mark.parametrize("registered", [True, False])
async def test_erases_them_with_the_resident(api: Api, *, registered: bool):
    me = await signed_in(api) if registered else await api.as_("resident", wards=(A1,))
    other = await signed_in(api, "other@resident.example")
    for resident in (me, other):
        await resident.put(PATH, json={"sex": "female"})
    assert (await me.request("DELETE", "/v1/me")).status_code == 200
    assert await kept(api) == 1
    assert (await other.get(PATH)).json()["sex"] == "female"


async def test_keeps_nothing_of_whoever_was_erased_a_moment_ago(api: Api, monkeypatch):
    """Another process knows a session for some seconds after it ended in this one."""
    me = await signed_in(api)
    monkeypatch.setattr(api.app.state.sessions, "forget", lambda _: None)
    await me.put(PATH, json={"sex": "female"})
    assert (await me.request("DELETE", "/v1/me")).status_code == 200
    assert_problem(await me.put(PATH, json={"sex": "female"}), 401, "not_authenticated")
    assert await kept(api) == 0


async def test_forgets_them_after_the_second_year(api: Api, app):
    me = await api.as_("resident", wards=(A1,))
    await me.put(PATH, json={"sex": "female"})
    state, now = app.state, datetime.now(UTC)
    at_the_end = now.replace(year=now.year + 2, month=12, day=31)
    await forget_what_is_over(state.database, state.keyring, now=at_the_end)
    assert await kept(api) == 1
    after = at_the_end.replace(year=now.year + 3, month=1, day=1)
    await forget_what_is_over(state.database, state.keyring, now=after)
    assert await kept(api) == 0


async def test_stores_no_answer_in_clear_and_all_in_one_length(api: Api, app):
    for subject, said in (("a", {}), ("b", {"sex": "female"}), ("c", {"age": "25-44"})):
        me = await api.as_("resident", wards=(A1,), subject=subject)
        await me.put(PATH, json=said)
    async with app.state.database.reading() as session:
        rows = list(await session.scalars(select(DemographicAnswer)))
    assert len({len(row.sealed) for row in rows}) == 1
    anchors = [app.state.keyring.anchor("subject", subject) for subject in "abc"]
    for row in rows:
        assert not any(a in row.sealed or a == row.pseudonym for a in anchors)
        assert pack_answers({Dimension.SEX: "female"}) not in row.sealed


def test_unpacks_every_answer_that_it_packs():
    said = {Dimension.AGE: "65-and-over", Dimension.ETHNICITY: "prefer-not-to-say"}
    assert unpack_answers(pack_answers(said)) == {**dict.fromkeys(Dimension), **said}


SEEN_TOGETHER = """
SELECT count(*) FROM resident r JOIN {table} t
    ON r.xmin IN (t.xmin, t.xmax) OR (r.xmax <> 0 AND r.xmax IN (t.xmin, t.xmax))
"""
"""Rows that PostgreSQL's hidden columns show to be of one transaction with a resident's row."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_hidden_column_joins_a_resident_with_what_they_say(api: Api):
    residents = [await signed_in(api, f"r{number}@resident.example") for number in range(6)]
    for me in residents[2:5]:
        assert (await me.put(PATH, json={"sex": "female"})).status_code == 200
        assert (await me.put(PATH, json={"sex": "male"})).status_code == 200
        await made(await me.post("/v1/disputes", json=of_commitment(A1)))

    async def seen_with(table: str) -> int:
        async with api.app.state.database.reading() as session:
            return (await session.execute(text(SEEN_TOGETHER.format(table=table)))).scalar_one()

    assert [await seen_with(table) for table in ("demographic_answer", "dispute")] == [0, 0]
    async with api.app.state.database.writing() as session:  # the control: a lock on the row
        await session.execute(text("SELECT anchor FROM resident LIMIT 1 FOR KEY SHARE"))
        await session.execute(text("UPDATE demographic_answer SET kept_until = kept_until"))
    assert await seen_with("demographic_answer") == 3
