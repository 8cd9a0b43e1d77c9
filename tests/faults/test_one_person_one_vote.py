"""One person, one counted ballot, whatever residents do in which order: a state machine (P2).

STEPS says how many steps at least (300 unless set; `STEPS=20000` is the long run).
"""

import asyncio
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.domain.addresses import canonical_address
from app.domain.quotas import Policy
from app.keyring import Keyring
from app.main import create_app
from app.models.polls import Envelope
from app.operations import residence
from tests import polling
from tests.ballot_polls import make_poll, make_round
from tests.factories import A1, A2
from tests.signing_in import code_in, mail_to
from tests.support import Api

STEPS, LENGTH = int(os.environ.get("STEPS", "300")), 30
PEOPLE = range(2)
person_of, ward_of = st.sampled_from(PEOPLE), st.sampled_from([A1, A2])
spelling_of = st.sampled_from(["{}", "{}+vote", "{}+other"])
case_of = st.sampled_from([str.lower, str.upper, str.title])
WORLD = SimpleNamespace()
"""The running service, the same for every example; each has a round and people of its own."""


class Residents(RuleBasedStateMachine):
    """What residents may do in one round, and what must hold after each step."""

    @initialize()
    def begin(self) -> None:
        WORLD.example += 1
        WORLD.erased = Counter()
        self.sessions: dict[int, Api] = {}
        self.homes: dict[int, str] = {}
        self.voted: dict[int, str] = {}
        self.lifted: dict[int, int] = {}
        self.closed = False
        WORLD.run(self._open_round())

    async def _open_round(self) -> None:
        database, keyring = WORLD.api.app.state.database, WORLD.api.app.state.keyring
        self.round = await make_round(database, keyring)
        self.polls = {ward: await make_poll(database, self.round, ward=ward) for ward in (A1, A2)}

    def mailbox(self, person: int) -> str:
        return f"p{person}.{WORLD.example}@gmail.com"

    @rule(person=person_of, spelling=spelling_of, case=case_of, dots=st.booleans(), ward=ward_of)
    def register(self, person, spelling, case, dots, ward) -> None:
        local = f"p{person}.{WORLD.example}" if dots else f"p{person}{WORLD.example}"
        email = case(spelling.format(local)) + "@googlemail.com"
        self.sessions[person] = WORLD.run(WORLD.sign_in(email, self.mailbox(person)))
        self.move_house(person, ward)

    @precondition(lambda self: self.sessions)
    @rule(person=person_of, ward=ward_of)
    def move_house(self, person, ward) -> None:
        if person in self.sessions:
            answer = WORLD.run(self.sessions[person].patch("/v1/me", json={"ward": ward}))
            assert answer.status_code == 200
            self.homes[person] = ward

    @precondition(lambda self: self.homes)
    @rule(person=person_of, option=st.integers(0, 2))
    def vote(self, person, option) -> None:
        ward = self.homes.get(person)
        if person not in self.sessions or ward is None:
            return
        answer = WORLD.run(self._cast(person, ward, option))
        if self.closed:
            assert answer.json()["code"] == "poll_not_open"
            return
        assert answer.status_code == (200 if person in self.voted else 201), answer.text
        self.voted[person] = ward

    async def _cast(self, person: int, ward: str, option: int) -> httpx.Response:
        poll = self.polls[ward]
        body = {"approved_options": [str(poll.options[option])]}
        return await self.sessions[person].put(f"/v1/polls/{poll.id}/ballot", json=body)

    @precondition(lambda self: self.homes)
    @rule(person=person_of)
    def vote_elsewhere_is_refused(self, person) -> None:
        if person in self.sessions and person in self.homes:
            other = A2 if self.homes[person] == A1 else A1
            assert WORLD.run(self._cast(person, other, 0)).json()["code"] == "not_your_ward"

    @precondition(lambda self: self.sessions)
    @rule(person=person_of)
    def erase(self, person) -> None:
        if person in self.sessions:
            answer = WORLD.run(self.sessions.pop(person).request("DELETE", "/v1/me"))
            assert answer.json()["erased"] is True
            self.homes.pop(person, None)
            WORLD.erased[canonical_address(self.mailbox(person))] += 1

    @precondition(lambda self: self.sessions)
    @rule(person=person_of, ward=ward_of)
    def upgrade(self, person, ward) -> None:
        if person in self.sessions:
            assert WORLD.run(self._lift(person, ward)).json()["level"] == 2
            self.homes[person] = ward

    async def _lift(self, person: int, ward: str) -> httpx.Response:
        body = {"ward": ward, "number": 1}
        (code,) = (await WORLD.officer.post("/v1/residence-codes", json=body)).json()["codes"]
        return await self.sessions[person].post("/v1/me/residence", json={"code": code}, key="")

    @precondition(lambda self: len(self.voted) == len(PEOPLE) and not self.closed)
    @rule()
    def close(self) -> None:
        over = datetime.now(UTC) - timedelta(seconds=1)
        round_: dict[str, Any] = {"round": {"id": str(self.round)}}
        WORLD.run(polling.shift_round(WORLD.api, round_, closes_at=over))
        self.closed = True

    @precondition(lambda self: self.closed)
    @rule(ward=ward_of)
    def reopening_is_refused(self, ward) -> None:
        body = {"status": "open", "reason": "More time"}
        answer = WORLD.run(WORLD.admin.patch(f"/v1/polls/{self.polls[ward].id}", json=body))
        assert answer.status_code == 409

    @invariant()
    def one_envelope_each(self) -> None:
        if hasattr(self, "round"):
            found = WORLD.run(envelopes_of(self.round))
            wards = list(self.voted.values())
            assert found == {self.polls[ward].id: wards.count(ward) for ward in set(wards)}


async def envelopes_of(round_id: UUID) -> dict[UUID, int]:
    """Return how many envelopes each poll of a round has."""
    counted = select(Envelope.poll_id, func.count()).where(Envelope.round_id == round_id)
    async with WORLD.api.app.state.database.reading() as session:
        return dict((await session.execute(counted.group_by(Envelope.poll_id))).all())


async def sign_in(email: str, canonical: str) -> Api:
    """Sign in by whatever spelling; the mail is found under the mailbox's own."""
    asked = await WORLD.api.post("/v1/sign-ins", json={"email": email}, key="")
    code = code_in(await mail_to(WORLD.api, canonical))
    path = f"/v1/sign-ins/{asked.json()['id']}/session"
    answer = await WORLD.api.post(path, json={"code": code}, key="")
    return Api(WORLD.api.client, WORLD.api.app, answer.json()["access_token"])


@pytest.fixture
def world(settings, monkeypatch):
    """The running service on a loop of its own, since the machine's steps are no coroutines."""
    monkeypatch.setattr(residence, "TRIES_PER_HOUR", Policy("residence-codes", 9_999, 3600))
    with asyncio.Runner() as runner:
        app = create_app(settings)
        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        quotas = app.state.quotas
        often = Policy("mails-to-address", 9_999, 3600)
        quotas.policies = quotas.policies._replace(mails_to_address=often)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://service.example")
        WORLD.run, WORLD.api, WORLD.sign_in = runner.run, Api(client, app), sign_in
        WORLD.example, WORLD.erased = 0, Counter()
        WORLD.admin = runner.run(WORLD.api.as_("admin"))
        WORLD.officer = WORLD.admin
        yield WORLD
        runner.run(client.aclose())
        runner.run(lifespan.__aexit__(None, None, None))


def play(examples: int) -> None:
    run_state_machine_as_test(
        Residents,
        settings=hypothesis_settings(
            max_examples=examples,
            stateful_step_count=LENGTH,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nobody_ever_has_two_ballots(world):
    play(-(-STEPS // LENGTH))


def test_the_machine_finds_the_second_vote_where_an_erasure_makes_a_new_person(world, monkeypatch):
    """The control: an anchor that does not survive an erasure."""
    anchor = Keyring.anchor

    def forgetful(self, kind, subject) -> bytes:
        erased = world.erased[canonical_address(subject)] if kind == "email" else 0
        return anchor(self, kind, f"{erased}{subject}")

    monkeypatch.setattr(Keyring, "anchor", forgetful)
    with pytest.raises(AssertionError, match='"seq":1'):
        play(200)
