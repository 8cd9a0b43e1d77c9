"""The outbox: mail goes out by SMTP after the commit, once, and is deleted then."""

import asyncio
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import SMTPUTF8

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.addresses import parse_address
from app.errors import InvalidRequestError
from app.keyring import Keyring
from app.models.residents import Mail
from app.operations.mails import list_letters, post_letter, send_due
from app.sources.mail import Letter, UndeliverableError, open_post, written

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
SENDER = "Sign-in <no-reply@ward-priorities.example>"


class PostOffice:
    """An SMTP server on this machine that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message]] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        to = ", ".join(envelope.rcpt_tos)
        self.mails.append((to, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
async def office():
    """A post office and the address to hand mail over at."""
    kept = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(kept, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    kept.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield kept
    server.close()
    await server.wait_closed()


@pytest.fixture
def keyring(tmp_path):
    return Keyring(tmp_path / "keys")


async def post(
    database, keyring, to="sam@resident.example", anchor=b"a" * 32, text="Hello", due_at=NOW
):
    async with database.writing() as session:
        letter = Letter(to, "Your sign-in code", text)
        post_letter(session, keyring, anchor, letter, due_at=due_at, expires_at=LATER)


async def waiting(database):
    async with database.reading() as session:
        return (await session.scalars(select(Mail))).all()


async def test_a_letter_is_sealed_until_it_is_sent_and_gone_afterwards(database, keyring, office):
    await post(database, keyring)
    (mail,) = await waiting(database)
    assert b"sam" not in mail.sealed
    assert b"Hello" not in mail.sealed
    send = open_post(office.url, SENDER)
    assert await send_due(database, keyring, send, now=NOW) == 1
    ((to, message),) = office.mails
    assert to == message["To"] == "sam@resident.example"
    assert message["Subject"] == "Your sign-in code"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_payload().strip() == "Hello"
    assert await waiting(database) == []
    assert await send_due(database, keyring, send, now=NOW) == 0


async def test_a_newer_letter_leaves_one_that_waits_in_its_place(database, keyring, office):
    await post(database, keyring, text="first")
    await post(database, keyring, text="second")
    async with database.reading() as session:
        found = await list_letters(session, keyring, b"a" * 32)
    assert {letter.text for letter in found} == {"first", "second"}
    assert await send_due(database, keyring, open_post(office.url, SENDER), now=NOW) == 2


async def test_a_letter_that_is_never_due_is_neither_shown_nor_sent(database, keyring, office):
    await post(database, keyring, due_at=LATER)
    async with database.reading() as session:
        assert await list_letters(session, keyring, b"a" * 32) == []
    for at in (NOW, LATER - timedelta(seconds=1), LATER, LATER + timedelta(hours=1)):
        assert await send_due(database, keyring, open_post(office.url, SENDER), now=at) == 0
    assert office.mails == []


async def test_what_is_not_taken_waits_longer_each_time_until_it_is_of_no_use(
    database, keyring, office
):
    office.answer = "451 try later"
    await post(database, keyring)
    send, at = open_post(office.url, SENDER), NOW
    for rest in (30, 60, 120):
        assert await send_due(database, keyring, send, now=at) == 0
        (mail,) = await waiting(database)
        assert mail.due_at == at + timedelta(seconds=rest)
        assert await send_due(database, keyring, send, now=at + timedelta(seconds=rest - 1)) == 0
        at += timedelta(seconds=rest)
    office.answer = "250 OK"
    assert await send_due(database, keyring, send, now=LATER) == 0
    assert office.mails == []


async def test_what_can_never_be_delivered_is_dropped_without_naming_anybody(
    database, keyring, office, caplog
):
    office.answer = "550 no such mailbox"
    await post(database, keyring)
    send = open_post(office.url, SENDER)
    assert await send_due(database, keyring, send, now=NOW) == 1
    assert await waiting(database) == []
    assert "cannot be delivered" in caplog.text
    assert "sam" not in caplog.text


async def test_a_server_that_is_away_loses_no_mail(database, keyring):
    await post(database, keyring)
    send = open_post("smtp://127.0.0.1:9", SENDER)
    assert await send_due(database, keyring, send, now=NOW) == 0
    assert len(await waiting(database)) == 1


async def test_two_processes_send_a_letter_once(database, keyring, office):
    for number in range(6):
        await post(database, keyring, to=f"r{number}@resident.example", anchor=bytes([number]) * 32)
    send = open_post(office.url, SENDER)
    sent = await asyncio.gather(*(send_due(database, keyring, send, now=NOW) for _ in range(3)))
    assert sum(sent) == 6
    assert len({to for to, _ in office.mails}) == len(office.mails) == 6


async def test_takes_addresses_beyond_ascii(database, keyring, office):
    await post(database, keyring, to="zoë@xn--bcher-kva.example")
    assert await send_due(database, keyring, open_post(office.url, SENDER), now=NOW) == 1
    assert office.mails[0][0] == "zoë@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "to",
    [
        "=?x?q?me=40mine.example=2c?=1@gmail.com",
        "=?utf-8?q?sam_x?=@resident.example",
        "=?x?q?=0d=0aX-I=3ax?=.b@resident.example",
        "sam@resident.example, me@mine.example",
        "Sam <sam@resident.example>",
        "sam(me)@resident.example",
    ],
)
async def test_sends_nothing_to_whom_a_header_would_read_as_somebody_else(
    database, keyring, office, to
):
    await post(database, keyring, to=to)
    assert await send_due(database, keyring, open_post(office.url, SENDER), now=NOW) == 1
    assert office.mails == []
    assert await waiting(database) == []


@given(st.text("aZ9.+-_=?!#$%&'*/^`{|}~,;:()<>[]@\"\\ éß字\r\n", min_size=1, max_size=20))
@example("=?utf-8?q?a?=")
@example("!#$%&'*+-/=^_`{|}~")
@settings(deadline=None)
def test_every_address_that_is_taken_reads_the_same_in_a_header(local):
    try:
        to = parse_address(f"{local}@resident.example").deliverable
    except InvalidRequestError:
        return
    message = written(Letter(to, "Your sign-in code", "Hello"), SENDER)
    lines = message.as_string(policy=SMTPUTF8).split("\r\n")
    assert [line for line in lines if to in line] == [f"To: {to}"]


async def test_odd_but_plain_addresses_arrive_as_they_are(database, keyring, office):
    to = "!#$%&'*+-/=^_`{|}~.x?q?y@resident.example"
    await post(database, keyring, to=parse_address(to).deliverable)
    assert await send_due(database, keyring, open_post(office.url, SENDER), now=NOW) == 1
    ((arrived, message),) = office.mails
    assert arrived == message["To"] == to


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example:25", "smtp://"])
def test_refuses_an_address_that_is_no_mail_server(url):
    with pytest.raises(ValueError, match="SMTP_URL"):
        open_post(url, SENDER)


def test_an_undeliverable_letter_says_nothing_of_its_receiver():
    assert str(UndeliverableError()) == ""
