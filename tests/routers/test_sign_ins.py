"""Signing in by mail: the code, the link, what they refuse, and that both are used but once."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select, update

from app.domain.quotas import Policy
from app.models.residents import Mail, Resident, ResidentSession, SignIn
from app.operations import sign_ins
from tests.factories import A1
from tests.signing_in import asked, code_in, link_in, mail_to, prove, signed_in
from tests.support import assert_problem

pytestmark = pytest.mark.anyio

SAM = "sam@resident.example"
WRONG = "AAAA-AAAA"
UNKNOWN = "01931b6e-7c4e-7d9a-a1d2-0c5b8b7e4f10"


async def number_of(api, table) -> int:
    async with api.app.state.database.reading() as session:
        found: int = (await session.execute(select(func.count()).select_from(table))).scalar_one()
        return found


@pytest.mark.parametrize(
    "email",
    [
        "sam",
        "@resident.example",
        "sam@",
        "sam@localhost",
        "sam@-bad.example",
        "a b@resident.example",
        "sam@resident..example",
        "sam\r\nBcc: x@resident.example",
        "<sam>@resident.example",
    ],
)
async def test_refuses_what_is_no_address_and_does_not_repeat_it(api, email):
    answer = await api.post("/v1/sign-ins", json={"email": email})
    assert answer.status_code == 422
    assert email not in answer.text
    assert await number_of(api, SignIn) == await number_of(api, Mail) == 0


async def test_refuses_throw_away_mailboxes_on_the_list(api):
    desk = api.app.state.sign_ins
    object.__setattr__(desk, "disposable", frozenset({"throwaway.example"}))
    for domain in ("throwaway.example", "eu.throwaway.example"):
        answer = await api.post("/v1/sign-ins", json={"email": f"sam@{domain}"})
        assert_problem(answer, 422, "disposable_address")
    assert (await api.post("/v1/sign-ins", json={"email": SAM})).status_code == 202


async def mails_to(api, email: str) -> int:
    return len((await api.get("/evaluation/mails", params={"to": email})).json()["items"])


async def test_sends_no_more_than_five_mails_an_hour_to_one_mailbox_in_any_spelling(api, clock):
    start = datetime.now(UTC)
    clock.set(start)
    spellings = [SAM, SAM.upper(), f" {SAM} ", "sam+1@resident.example", "Sam+2@Resident.Example"]
    for spelling in spellings:
        await asked(api, spelling)
    await asked(api, SAM)
    assert await mails_to(api, SAM) == 5
    await asked(api, "other@resident.example")
    assert await mails_to(api, "other@resident.example") == 1
    clock.set(start + timedelta(minutes=12))
    await asked(api, SAM)
    await asked(api, SAM)
    assert await mails_to(api, SAM) == 6


async def test_nobody_learns_that_a_mailbox_got_its_mails_of_the_hour(api):
    first = await api.post("/v1/sign-ins", json={"email": SAM})
    for _ in range(4):
        await asked(api, SAM)
    over = await api.post("/v1/sign-ins", json={"email": SAM})
    assert over.status_code == first.status_code == 202
    assert over.json().keys() == first.json().keys()
    assert set(over.headers) == set(first.headers)
    for sign_in in (first.json(), over.json()):
        answers = [await prove(api, sign_in, code=WRONG) for _ in range(6)]
        codes = [answer.json()["code"] for answer in answers]
        assert codes == ["code_refused"] * 5 + ["sign_in_locked"]


async def test_a_code_that_was_not_mailed_opens_nothing(api, monkeypatch):
    monkeypatch.setattr(sign_ins, "new_code", lambda: "7Q4KM2ZT")
    asks = [await asked(api, SAM) for _ in range(6)]
    assert_problem(await prove(api, asks[5], code="7Q4K-M2ZT"), 422, "code_refused")
    assert (await prove(api, asks[0], code="7Q4K-M2ZT")).status_code == 201


async def test_what_a_stranger_asks_for_and_locks_leaves_the_owner_their_own_code(api):
    mine = await asked(api, SAM)
    mail = await mail_to(api, SAM)
    browser = dict(api.client.cookies)
    for _ in range(5):
        strangers = await asked(api, SAM)
        for _ in range(6):
            await prove(api, strangers, code=WRONG)
    assert_problem(await prove(api, strangers, code=code_in(mail)), 409, "sign_in_locked")
    api.client.cookies.clear()
    api.client.cookies.update(browser)
    assert (await prove(api, mine, token=link_in(mail)[2])).status_code == 201
    assert_problem(await prove(api, mine, code=code_in(mail)), 404, "sign_in_over")


async def test_the_owners_sign_in_ends_no_other_so_that_nobody_learns_of_it(api):
    strangers = await asked(api, SAM)
    await signed_in(api, SAM)
    assert_problem(await prove(api, strangers, code=WRONG), 422, "code_refused")


def _give_few_mails_to_one_network(api) -> None:
    quotas = api.app.state.quotas
    few = Policy("mails-from-network", 3, 3600)
    quotas.policies = quotas.policies._replace(mails_from_network=few)


async def test_refuses_more_than_its_share_to_one_network(api):
    _give_few_mails_to_one_network(api)
    answers = await asyncio.gather(
        *(api.post("/v1/sign-ins", json={"email": f"r{n}@resident.example"}) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [429] * 5
    assert await number_of(api, SignIn) == 3


@pytest.mark.parametrize(
    ("greedy", "same", "neighbour"),
    [
        ("192.0.2.7", "::ffff:192.0.2.7", "192.0.2.8"),
        ("2001:db8:0:1::7", "2001:db8:0:1::8", "2001:db8:0:2::7"),
    ],
)
async def test_a_greedy_address_takes_nothing_from_its_neighbours(api, greedy, same, neighbour):
    _give_few_mails_to_one_network(api)

    async def asks_from(host: str, number: int) -> int:
        transport = httpx.ASGITransport(app=api.app, client=(host, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            body = {"email": f"r{number}@resident.example"}
            return (await client.post("/v1/sign-ins", json=body)).status_code

    assert [await asks_from(greedy, number) for number in range(4)] == [202] * 3 + [429]
    assert await asks_from(same, 5) == 429
    assert await asks_from(neighbour, 6) == 202


async def test_answers_alike_whether_the_mailbox_is_known_or_not(api):
    await signed_in(api, SAM)
    known = await api.post("/v1/sign-ins", json={"email": SAM})
    unknown = await api.post("/v1/sign-ins", json={"email": "nobody@resident.example"})
    assert known.status_code == unknown.status_code == 202
    assert known.json().keys() == unknown.json().keys()
    assert set(known.headers) == set(unknown.headers)
    assert "sam" not in known.text


async def test_refuses_a_sign_in_that_is_not_there_used_or_too_old(api, clock):
    start = datetime.now(UTC)
    clock.set(start)
    assert_problem(await prove(api, {"id": UNKNOWN}, code=WRONG), 404, "sign_in_over")
    first = await asked(api, SAM)
    first_code = code_in(await mail_to(api, SAM))
    second = await asked(api, SAM)
    second_code = code_in(await mail_to(api, SAM))
    assert_problem(await prove(api, first, code=second_code), 422, "code_refused")
    assert (await prove(api, second, code=second_code)).status_code == 201
    assert_problem(await prove(api, second, code=second_code), 404, "sign_in_over")
    clock.set(start + timedelta(minutes=15))
    assert_problem(await prove(api, first, code=first_code), 404, "sign_in_over")


async def test_five_wrong_codes_lock_a_sign_in_for_everybody(api):
    sign_in = await asked(api, SAM)
    code = code_in(await mail_to(api, SAM))
    for _ in range(5):
        problem = assert_problem(await prove(api, sign_in, code=WRONG), 422, "code_refused")
        assert problem["errors"][0]["pointer"] == "/code"
    assert_problem(await prove(api, sign_in, code=code), 409, "sign_in_locked")
    _, _, token = link_in(await mail_to(api, SAM))
    assert_problem(await prove(api, sign_in, token=token), 409, "sign_in_locked")
    assert await number_of(api, ResidentSession) == 0


async def test_guesses_that_come_together_are_counted_one_by_one(api):
    sign_in = await asked(api, SAM)
    answers = await asyncio.gather(*(prove(api, sign_in, code=WRONG) for _ in range(12)))
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == ["code_refused"] * 5 + ["sign_in_locked"] * 7


async def test_the_right_code_sent_many_times_at_once_opens_one_session(api):
    sign_in = await asked(api, SAM)
    code = code_in(await mail_to(api, SAM))
    answers = await asyncio.gather(*(prove(api, sign_in, code=code) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [404] * 7
    assert await number_of(api, ResidentSession) == 1


async def test_takes_a_code_as_people_type_it(api):
    sign_in = await asked(api, SAM)
    code = code_in(await mail_to(api, SAM)).lower().replace("-", " ").replace("0", "o")
    assert (await prove(api, sign_in, code=f" {code.replace('1', 'l')} ")).status_code == 201


@pytest.mark.parametrize("body", [{}, {"code": WRONG, "token": "x"}, {"code": None}])
async def test_refuses_none_or_both_of_code_and_token(api, body):
    sign_in = await asked(api, SAM)
    path = f"/v1/sign-ins/{sign_in['id']}/session"
    assert_problem(await api.post(path, json=body), 422, "validation_failed")


async def test_the_link_works_only_in_the_browser_that_asked_and_harms_nothing_elsewhere(api):
    sign_in = await asked(api, SAM)
    page, sign_in_id, token = link_in(await mail_to(api, SAM))
    assert sign_in_id == sign_in["id"]
    assert page.endswith("/sign-in")
    cookies = dict(api.client.cookies)
    api.client.cookies.clear()
    for _ in range(7):
        assert_problem(await prove(api, sign_in, token=token), 409, "other_browser")
        assert_problem(await prove(api, sign_in, token="x" * 43), 404, "sign_in_over")
    api.client.cookies.update(cookies)
    answer = await prove(api, sign_in, token=token)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["access_token"].startswith("wpr_")
    assert answer.json()["expires_in"] == 12 * 3600


async def test_the_cookie_is_kept_from_scripts_and_other_sites(api):
    answer = await api.post("/v1/sign-ins", json={"email": SAM})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("sign-in=")
    for part in ("httponly", "samesite=strict", "max-age=900", "path=/"):
        assert part in cookie
    assert "sign-in" not in answer.text.replace("sign-ins", "")


async def test_stores_neither_address_nor_code_nor_token_in_clear(api):
    await asked(api, SAM)
    text = await mail_to(api, SAM)
    secrets = [SAM, code_in(text), code_in(text).replace("-", ""), link_in(text)[2]]
    async with api.app.state.database.reading() as session:
        for table in (SignIn, Mail):
            for row in (await session.execute(select(table.__table__))).all():
                stored = b" ".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
                assert not any(secret.encode() in stored for secret in secrets)


async def test_a_session_ends_with_its_owner_or_after_twelve_hours(api, clock):
    start = datetime.now(UTC)
    clock.set(start)
    sam = await signed_in(api, SAM, ward=A1)
    assert (await sam.get("/v1/me")).json()["ward"] == A1
    other = await signed_in(api, SAM)
    assert (await sam.request("DELETE", "/v1/session")).json() == {"signed_out": True}
    assert_problem(await sam.get("/v1/me"), 401, "not_authenticated")
    assert (await other.get("/v1/me")).status_code == 200
    api.app.state.sessions.forget_all()
    clock.set(start + timedelta(hours=12, seconds=1))
    assert_problem(await other.get("/v1/me"), 401, "not_authenticated")


async def test_another_process_believes_a_session_for_less_than_five_seconds(api, monkeypatch):
    from app.operations import sessions

    sam = await signed_in(api, SAM, ward=A1)
    book = sessions.SessionBook(api.app.state.database)
    now = datetime.now(UTC)
    caller = await book.get(sam.token, now=now)
    assert caller.wards == {A1}
    await sam.request("DELETE", "/v1/session")
    assert book.find_known(sam.token) == caller
    later = sessions.time.monotonic() + 4.9
    monkeypatch.setattr(sessions.time, "monotonic", lambda: later)
    assert book.find_known(sam.token) is None
    with pytest.raises(sessions.NotAuthenticatedError):
        await book.get(sam.token, now=now)


async def test_refuses_tokens_that_only_look_like_a_session(api):
    for token in ("wpr_", "wpr_" + "A" * 43, "wpr_é"):
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = await api.get("/v1/me", headers=headers)
        assert_problem(answer, 401, "not_authenticated")


async def test_a_service_without_mail_says_so(api):
    object.__setattr__(api.app.state.sign_ins, "has_post", False)
    answer = await api.post("/v1/sign-ins", json={"email": SAM})
    assert_problem(answer, 503, "mail_not_configured")


async def test_the_page_of_the_link_runs_nothing_from_elsewhere_and_stays_out_of_caches(api):
    page = await api.get("/sign-in")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in page.text
    for name, kind in (("sign-in.js", "text/javascript"), ("sign-in.css", "text/css")):
        assert f'"/sign-in/{name}"' in page.text
        assert (await api.get(f"/sign-in/{name}")).headers["content-type"].startswith(kind)
    assert_problem(await api.get("/sign-in/page.js"), 404, "not_found")


async def test_coming_back_notes_the_day_and_nothing_finer(api):
    await signed_in(api, SAM, ward=A1)
    async with api.app.state.database.writing() as session:
        long_ago = datetime(2020, 1, 1, tzinfo=UTC).date()
        await session.execute(update(Resident).values(seen_on=long_ago, registered_on=long_ago))
    me = (await (await signed_in(api, SAM)).get("/v1/me")).json()
    assert me["registered_on"] == "2020-01-01"
    assert me["seen_on"] > "2020-01-01"
    assert me["ward"] == A1
