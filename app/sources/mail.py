"""The mail server: hands over one mail at a time by SMTP."""

import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT_S = 10.0
PERMANENT = 500
SCHEMES = frozenset({"smtp", "smtps"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Letter(NamedTuple):
    """A mail as its receiver will see it."""

    to: str
    subject: str
    text: str


class UndeliverableError(Exception):
    """The mail server will never take this mail."""


Send = Callable[[Letter], Awaitable[None]]
"""Hands a mail over; raises `UndeliverableError`, or anything else when trying again may help."""


def open_post(url: str, sender: str) -> Send:
    """Return what hands mails to the server of an `smtp://` or `smtps://` address.

    `smtps` is TLS from the start; `smtp` goes over to TLS first, save on this very machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or parts.hostname is None:
        raise ValueError("SMTP_URL must be smtp://host:port or smtps://host:port.")
    here = parts.hostname in LOOPBACK
    encrypted = parts.scheme == "smtps"

    async def send(letter: Letter) -> None:
        try:
            await aiosmtplib.send(
                written(letter, sender),
                sender=parseaddr(sender)[1],
                recipients=[letter.to],
                hostname=parts.hostname,
                port=parts.port or (465 if encrypted else 587),
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=encrypted,
                start_tls=not (encrypted or here),
                tls_context=None if here else ssl.create_default_context(),
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(one.code >= PERMANENT for one in refused.recipients):
                raise UndeliverableError from None
            raise ConnectionError from None

    return send


def written(letter: Letter, sender: str) -> EmailMessage:
    """Return a letter as it travels: plain text, marked as automatic, so that nobody answers.

    Raises `UndeliverableError` where its header would name anybody but its one receiver.
    """
    message = EmailMessage()
    message["From"], message["Subject"] = sender, letter.subject
    _address(message, letter.to)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip("> "))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="8bit")
    return message


def _address(message: EmailMessage, to: str) -> None:
    try:
        message["To"] = to
    except ValueError:
        raise UndeliverableError from None
    if [found.addr_spec for found in message["To"].addresses] != [to]:
        raise UndeliverableError
