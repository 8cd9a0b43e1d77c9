"""E-mail addresses: which spellings reach one mailbox, so that one mailbox is one person."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

import idna

from app.errors import InvalidRequestError

MAX_ADDRESS = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LOCAL = re.compile(rf"(?!.*=\?)(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")
"""A dot-atom (RFC 5322 §3.2.3, RFC 6531), without what begins an encoded word (RFC 2047)."""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Provider(NamedTuple):
    """How a provider of mailboxes reads a local part: its name, marks it ignores, its tag."""

    domain: str
    ignored: str = ""
    tag: str = "+"


_GOOGLE = Provider("gmail.com", ignored=".")
_APPLE = Provider("icloud.com")
_PROTON = Provider("proton.me", ignored=".-_")
PROVIDERS: Mapping[str, Provider] = {
    "gmail.com": _GOOGLE,
    "googlemail.com": _GOOGLE,
    "icloud.com": _APPLE,
    "me.com": _APPLE,
    "mac.com": _APPLE,
    "proton.me": _PROTON,
    "protonmail.com": _PROTON,
    "pm.me": _PROTON,
    "yahoo.com": Provider("yahoo.com", tag="-"),
    "yahoo.co.uk": Provider("yahoo.co.uk", tag="-"),
}
"""Providers that read addresses in ways of their own; all others take `+tag` (RFC 5233)."""


class Address(NamedTuple):
    """An address in its two spellings: where mail goes, and what stands for the mailbox."""

    deliverable: str
    canonical: str

    @property
    def domain(self) -> str:
        """The domain that mail goes to, in ASCII."""
        return self.deliverable.rpartition("@")[2]


def parse_address(text: str) -> Address:
    """Return both spellings of an address, or raise `InvalidRequestError` without echoing it."""
    local, at, domain = unicodedata.normalize("NFKC", text.strip()).rpartition("@")
    host = _ascii_domain(domain)
    fits = _LOCAL.fullmatch(local) and local.isprintable() and len(text) <= MAX_ADDRESS
    if not at or host is None or not fits:
        raise InvalidRequestError("This is not an e-mail address.", pointer="/email")
    return Address(f"{local}@{host}", _canonical(local, host))


def canonical_address(text: str) -> str:
    """Return the one spelling that stands for a mailbox; a text of another shape in one case."""
    try:
        return parse_address(text).canonical
    except InvalidRequestError:
        return unicodedata.normalize("NFKC", text.strip()).lower()


def _canonical(local: str, host: str) -> str:
    provider = PROVIDERS.get(host, Provider(host))
    folded = unicodedata.normalize("NFKC", local.lower())
    base = folded.partition(provider.tag)[0] or folded
    kept = base.translate({ord(mark): None for mark in provider.ignored}) or base
    return f"{kept}@{provider.domain}"


def _ascii_domain(domain: str) -> str | None:
    """Return a domain in ASCII (IDNA 2008), or `None` when it is none that mail could go to."""
    try:
        host = idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return None
    labels = host.split(".")
    if len(labels) == 1 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return host


def is_disposable(host: str, listed: frozenset[str]) -> bool:
    """Whether a domain or one that it belongs to stands on a list of throw-away providers."""
    labels = host.split(".")
    return any(".".join(labels[start:]) in listed for start in range(len(labels) - 1))
