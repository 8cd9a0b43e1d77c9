"""Signing in by mail: a code to type, and a link for the browser that asked for it.

Nothing here looks whether a mailbox is known, so that nobody learns it from an answer or its time.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.database import WriteSession, insert_for
from app.domain.addresses import Address, is_disposable, parse_address
from app.domain.residents import (
    SESSION_LIFE,
    SIGN_IN_LIFE,
    TOKEN_BYTES,
    TRIES,
    Level,
    new_code,
    new_token,
    shown_code,
    typed_code,
)
from app.errors import (
    CodeRefusedError,
    DisposableAddressError,
    MailNotConfiguredError,
    OtherBrowserError,
    SignInLockedError,
    SignInOverError,
)
from app.keyring import Keyring
from app.models.residents import Resident, ResidentSession, SignIn
from app.operations.mails import post_letter
from app.operations.quotas import Quotas
from app.schemas.residents import ProofIn
from app.sources.mail import Letter

SUBJECT = "Your sign-in code"
TEXT = """{code}

Type this code on the device where you started. It is good for 15 minutes.

In the browser where you started, this link works too:
{link}

If you did not ask for a code, do nothing: without it nobody gets in.
"""


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """What signing in needs in one process."""

    keyring: Keyring
    page: str
    quotas: Quotas
    disposable: frozenset[str]
    has_post: bool


class Asked(NamedTuple):
    """A sign-in that waits, and what the asking browser is to show for its link to work."""

    id: UUID
    expires_at: datetime
    browser: str


class _Secrets(NamedTuple):
    code: str
    token: str
    browser: str


def digest(secret: str) -> bytes:
    """Return what is stored in place of a long random secret."""
    return hashlib.sha256(secret.encode()).digest()


async def ask_for_code(
    session: WriteSession, desk: SignInDesk, email: str, *, host: str, now: datetime
) -> Asked:
    """Let a code be mailed, beside those that wait for the same mailbox.

    A mailbox that got its mails of the hour gets none, and nobody learns that from the answer, its
    time or what comes of wrong codes: no code opens that sign-in.
    Raises `DisposableAddressError`, `QuotaExceededError` or `MailNotConfiguredError`.
    """
    if not desk.has_post:
        raise MailNotConfiguredError("This service sends no mail; sign in through your issuer.")
    address = parse_address(email)
    if is_disposable(address.domain, desk.disposable):
        raise DisposableAddressError("Use a mailbox that you keep.", pointer="/email")
    keyring = desk.keyring
    keyring.ensure_identity()
    anchor = keyring.anchor("email", address.canonical)
    quotas, limits = desk.quotas, desk.quotas.policies
    await quotas.take(session, limits.mails_from_network, quotas.network_of(host), now)
    goes_out = await quotas.find_room(session, limits.mails_to_address, anchor.hex(), now)
    made = _Secrets(new_code(), *(secrets.token_urlsafe(TOKEN_BYTES) for _ in range(2)))
    asked = Asked(uuid4(), now + SIGN_IN_LIFE, made.browser)
    code_hash = _code_hash(keyring, asked.id, made.code)
    session.add(
        SignIn(
            id=asked.id,
            anchor=anchor,
            code_hash=code_hash if goes_out else secrets.token_bytes(len(code_hash)),
            token_hash=digest(made.token),
            browser_hash=digest(made.browser),
            wrong_codes=0,
            expires_at=asked.expires_at,
        )
    )
    letter, due_at = _letter(desk, address, asked, made), now if goes_out else asked.expires_at
    post_letter(session, keyring, anchor, letter, due_at=due_at, expires_at=asked.expires_at)
    return asked


def _code_hash(keyring: Keyring, sign_in_id: UUID, code: str) -> bytes:
    return keyring.keyed("sign-in code", sign_in_id.bytes + code.encode())


def _letter(desk: SignInDesk, address: Address, asked: Asked, made: _Secrets) -> Letter:
    link = f"{desk.page}#{asked.id}.{made.token}"
    return Letter(address.deliverable, SUBJECT, TEXT.format(code=shown_code(made.code), link=link))


async def open_session(
    session: WriteSession,
    keyring: Keyring,
    sign_in_id: UUID,
    given: ProofIn,
    *,
    browser: str | None,
    now: datetime,
    today: date,
) -> str:
    """Return an access token for the right code, or for the right link in the right browser.

    The sign-in is used up with it; of two that come together one is too late. A wrong code counts,
    by whomever, and five lock the sign-in; a link opened elsewhere counts for nothing.
    """
    locked = select(SignIn).where(SignIn.id == sign_in_id).with_for_update()
    waiting = (await session.scalars(locked)).one_or_none()
    if waiting is None or waiting.expires_at <= now:
        raise SignInOverError
    if waiting.wrong_codes >= TRIES:
        raise SignInLockedError(f"{TRIES} wrong codes were typed: ask for a new one.")
    if given.code is not None:
        _check_code(keyring, waiting, given.code)
    else:
        _check_link(waiting, given.token or "", browser or "")
    await session.execute(delete(SignIn).where(SignIn.id == waiting.id))
    await _register(session, waiting.anchor, today)
    token = new_token()
    session.add(
        ResidentSession(
            token_hash=digest(token), anchor=waiting.anchor, expires_at=now + SESSION_LIFE
        )
    )
    return token


def _check_code(keyring: Keyring, waiting: SignIn, code: str) -> None:
    typed = _code_hash(keyring, waiting.id, typed_code(code))
    if hmac.compare_digest(typed, waiting.code_hash):
        return
    waiting.wrong_codes += 1
    raise CodeRefusedError(
        "This is not the code that was mailed for this sign-in.", pointer="/code"
    )


def _check_link(waiting: SignIn, token: str, browser: str) -> None:
    if not hmac.compare_digest(digest(token), waiting.token_hash):
        raise SignInOverError
    if not hmac.compare_digest(digest(browser), waiting.browser_hash):
        raise OtherBrowserError("Type the code on the device where you started.")


async def _register(session: WriteSession, anchor: bytes, today: date) -> None:
    """Enter whoever proved this mailbox, or note the day on which they came back."""
    enter = insert_for(session, Resident).values(
        anchor=anchor,
        ward_code=None,
        level=int(Level.NONE),
        quarantined=False,
        registered_on=today,
        seen_on=today,
        version=1,
    )
    seen = enter.on_conflict_do_update(index_elements=["anchor"], set_={"seen_on": today})
    await session.execute(seen)
