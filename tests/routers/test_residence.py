"""Proving a home: codes handed out in person, an issuer's proof, and what both refuse."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import select

from app.models.audit import AuditEntry
from app.models.identity import IdempotentAnswer
from app.models.residents import ResidenceCode, SpentProof
from app.operations.retention import forget_what_is_over
from app.proofs import ProofReader
from tests.ballot_polls import make_poll, make_round
from tests.factories import A1, A2, B1, C1
from tests.signing_in import signed_in
from tests.support import assert_problem

pytestmark = pytest.mark.anyio

SAM, ALEX = "sam@resident.example", "alex@resident.example"
ISSUER = "https://residence.example"


async def codes_for(api, ward: str = A1, number: int = 1) -> list[str]:
    officer = await api.as_("pcso", wards=(ward,))
    answer = await officer.post("/v1/residence-codes", json={"ward": ward, "number": number})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    codes: list[str] = answer.json()["codes"]
    return codes


async def prove(resident, **given):
    return await resident.post("/v1/me/residence", json=given, key="")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ward": A1, "number": 0}, 422, "validation_failed"),
        ({"ward": A1, "number": 51}, 422, "validation_failed"),
        ({"ward": "E05999999", "number": 1}, 404, "not_found"),
        ({"ward": C1, "number": 1}, 409, "not_policed_by_met"),
        ({"ward": A1, "number": 1, "event": "0" * 32}, 404, "not_found"),
    ],
)
async def test_refuses_codes_for_nobody_or_nowhere(api, body, status, code):
    admin = await api.as_("admin")
    assert_problem(await admin.post("/v1/residence-codes", json=body), status, code)


async def test_codes_are_shown_once_and_kept_as_hashes_and_a_number_in_the_audit(api):
    officer = await api.as_("ward_officer", wards=(A1,))
    body = {"ward": A1, "number": 3}
    first = await officer.post("/v1/residence-codes", json=body, key="stall")
    codes = first.json()["codes"]
    assert len(set(codes)) == 3
    assert_problem(
        await officer.post("/v1/residence-codes", json=body, key="stall"), 409, "shown_once"
    )
    async with api.app.state.database.reading() as session:
        stored = [
            *(await session.execute(select(ResidenceCode.__table__))).all(),
            *(await session.execute(select(IdempotentAnswer.__table__))).all(),
            *(await session.execute(select(AuditEntry.__table__))).all(),
        ]
        number = await session.scalar(
            select(AuditEntry.detail).where(AuditEntry.action == "issue_residence_codes")
        )
    assert number == {"number": 3, "event": None}
    for row in stored:
        text = b" ".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
        for code in codes:
            assert code.encode() not in text
            assert code.replace("-", "").encode() not in text
    assert len([row for row in stored if hasattr(row, "code_hash")]) == 3


async def test_a_code_proves_its_own_ward_and_works_once_in_a_race_too(api):
    (code,) = await codes_for(api, A2)
    everybody = [await signed_in(api, f"r{n}@resident.example", ward=A1) for n in range(4)]
    answers = await asyncio.gather(*(prove(one, code=code) for one in everybody))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    (lifted,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (lifted["ward"], lifted["level"]) == (A2, 2)
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert_problem(refused, 422, "code_refused")


async def test_refuses_a_code_that_is_too_old(api, clock):
    start = datetime.now(UTC)
    clock.set(start)
    (code,) = await codes_for(api)
    clock.set(start + timedelta(hours=48))
    sam = await signed_in(api, SAM)
    assert_problem(await prove(sam, code=code), 422, "code_refused")


async def test_guessing_codes_ends_after_five_tries_an_hour_and_spares_others(api):
    (code,) = await codes_for(api)
    sam, alex = await signed_in(api, SAM), await signed_in(api, ALEX)
    for _ in range(5):
        assert_problem(await prove(sam, code="AAAAAAAA"), 422, "code_refused")
    assert_problem(await prove(sam, code=code), 429, "quota_exceeded")
    assert (await prove(alex, code=code)).status_code == 200


async def test_moving_loses_the_proof_and_staying_keeps_it(api):
    (code,) = await codes_for(api, A1)
    sam = await signed_in(api, SAM)
    assert (await prove(sam, code=code)).json()["level"] == 2
    assert (await sam.patch("/v1/me", json={"ward": A1})).json()["level"] == 2
    assert (await sam.patch("/v1/me", json={"ward": B1})).json()["level"] == 1
    assert (await sam.patch("/v1/me", json={"ward": A1})).json()["level"] == 1


async def test_being_lifted_in_an_open_round_keeps_the_one_place(api, app):
    round_id = await make_round(app.state.database, app.state.keyring, min_level=1)
    poll = await make_poll(app.state.database, round_id)
    path, body = f"/v1/polls/{poll.id}/ballot", {"approved_options": [str(poll.options[0])]}
    sam = await signed_in(api, SAM, ward=A1)
    assert (await sam.put(path, json=body)).json()["seq"] == 1
    (code,) = await codes_for(api, A1)
    await prove(sam, code=code)
    assert (await sam.put(path, json=body)).json()["seq"] == 2


async def test_a_resident_of_an_issuer_proves_nothing_here(api):
    (code,) = await codes_for(api)
    resident = await api.as_("resident", wards=(A1,))
    assert_problem(await prove(resident, code=code), 409, "not_registered_here")


@pytest.fixture
def signer(api, tmp_path):
    """The residence issuer: what signs proofs that this service takes."""
    key = ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"})
    keys = tmp_path / "residence.json"
    keys.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    reader = ProofReader(ISSUER, audience="ward-priorities", keys=keys)
    object.__setattr__(api.app.state.residence, "proofs", reader)

    def sign(*, typ="JWT", key=key, without=(), **changes) -> str:
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "ward-priorities", "sub": "person-1", "iat": now}
        claims |= {"exp": now + 300, "postcode": "AL1 1AA", **changes}
        kept = {name: value for name, value in claims.items() if name not in without}
        return jwt.encode({"alg": "ES256", "kid": "one", "typ": typ}, kept, key)

    return sign


FORGED = {
    "no token": {},
    "another issuer": {"iss": "https://other.example"},
    "another audience": {"aud": "somebody-else"},
    "over": {"exp": 1},
    "two hours old": {"iat": int(time.time()) - 7200},
    "an access token": {"typ": "at+jwt"},
    "no person": {"without": ("sub",)},
    "no end": {"without": ("exp",)},
    "no age": {"without": ("iat",)},
    "no postcode": {"without": ("postcode",)},
    "a postcode elsewhere": {"postcode": "ZZ1 1ZZ"},
    "another key": {"key": ECKey.generate_key("P-256", {"kid": "one", "alg": "ES256"})},
}


@pytest.mark.parametrize("kind", FORGED)
async def test_refuses_a_proof_that_is_none(api, signer, kind):
    sam = await signed_in(api, SAM, ward=A2)
    proof = "abc.def.ghi" if kind == "no token" else signer(**FORGED[kind])
    assert_problem(await prove(sam, proof=proof), 422, "proof_refused")
    assert (await sam.get("/v1/me")).json()["level"] == 1


async def test_refuses_proofs_where_none_are_taken(api):
    sam = await signed_in(api, SAM)
    assert_problem(await prove(sam, proof="a.b.c"), 422, "proof_refused")
    assert_problem(await prove(sam), 422, "validation_failed")
    assert_problem(await prove(sam, code="x", proof="y"), 422, "validation_failed")


async def test_one_person_lifts_one_sign_in_also_after_an_erasure(api, app, signer):
    await make_round(app.state.database, app.state.keyring)
    sam, alex = await signed_in(api, SAM), await signed_in(api, ALEX)
    lifted = await prove(sam, proof=signer())
    assert (lifted.json()["ward"], lifted.json()["level"]) == (A1, 2)
    assert (await prove(sam, proof=signer())).status_code == 200
    assert_problem(await prove(alex, proof=signer()), 409, "proof_spent")
    assert (await prove(alex, proof=signer(sub="person-2"))).status_code == 200
    await sam.request("DELETE", "/v1/me")
    other = await signed_in(api, "other@resident.example")
    assert_problem(await prove(other, proof=signer()), 409, "proof_spent")
    assert (await prove(await signed_in(api, SAM), proof=signer())).status_code == 200


async def test_an_erased_persons_proof_is_forgotten_with_the_rounds_of_that_time(api, app, signer):
    await make_round(app.state.database, app.state.keyring)
    sam = await signed_in(api, SAM)
    await prove(sam, proof=signer())
    await sam.request("DELETE", "/v1/me")
    for later, left in ((timedelta(0), 1), (timedelta(hours=2), 0)):
        now = datetime.now(UTC) + later
        await forget_what_is_over(app.state.database, app.state.keyring, now=now)
        async with app.state.database.reading() as session:
            assert len((await session.scalars(select(SpentProof))).all()) == left
