"""Whether the service may start with these settings and files: one plain sentence per objection.

What only the database can tell is in `app.operations.guard`.
"""

import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.exc import ArgumentError

from app.database import driver_url
from app.settings import ROOT, Settings

ORIGIN = re.compile(r"https?://[^\s/?#@*]+")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
KEY_BYTES = 32
LEAST_VARIED = 12
"""Random keys of 32 bytes hold about 30 different ones; one with fewer than this was typed."""
EVALUATION_KEY = "evaluation-issuer"


class UnsafeError(Exception):
    """The service must not start like this; its text is the sentence for the operator."""


def refuse_unsafe(settings: Settings) -> None:
    """Raise `UnsafeError` with the first objection to these settings and the files they name."""
    for objection in objections(settings):
        raise UnsafeError(objection)


def objections(settings: Settings) -> Iterator[str]:
    """Yield every objection to these settings and the files they name."""
    yield from _database_objections(settings)
    yield from _file_objections(settings)
    if not settings.evaluation:
        yield from _resident_objections(settings)
        yield from _address_objections(settings)
        yield from _key_store_objections(settings.key_store)
        yield from _issuer_objections(settings)


def _database_objections(settings: Settings) -> Iterator[str]:
    try:
        url = driver_url(settings.database_url)
    except (ArgumentError, ValueError):
        yield "DATABASE_URL must read sqlite:///PATH or postgresql://USER@HOST/NAME."
        return
    if url.get_backend_name() == "sqlite" and not settings.evaluation:
        yield (
            "DATABASE_URL names SQLite, which has no roles: production runs on PostgreSQL, where "
            "the service may not change its own audit trail."
        )


def _resident_objections(settings: Settings) -> Iterator[str]:
    if settings.oidc_residents and settings.smtp_url is not None:
        yield (
            "OIDC_RESIDENTS and SMTP_URL are two ways to sign in, and one person would have two "
            "votes: leave one out."
        )


def _address_objections(settings: Settings) -> Iterator[str]:
    if settings.public_url is None:
        yield "production mode needs PUBLIC_URL: where the outside reaches the service."
    elif not settings.public_url.startswith("https://"):
        yield "PUBLIC_URL must be an https address."
    if not settings.oidc_audience.strip():
        yield "OIDC_AUDIENCE is empty: tokens made for other services would be accepted."
    for origin in map(str.strip, settings.allowed_origins.split(",")):
        if origin != "*" and not ORIGIN.fullmatch(origin):
            yield f"ALLOWED_ORIGINS: {origin[:80]!r} is no origin such as https://wards.example."
    if settings.quota_processes is not None and settings.quota_processes < settings.workers:
        yield "QUOTA_PROCESSES is smaller than WORKERS: quotas would be too generous."
    if settings.smtp_url is not None and settings.mail_from.rstrip("> ").endswith(".example"):
        yield "MAIL_FROM is still the example address: name a sender that SMTP_URL may use."


def _file_objections(settings: Settings) -> Iterator[str]:
    file = settings.audit_heads_file
    if file is not None and not _may_write(file):
        yield f"AUDIT_HEADS_FILE: {file} cannot be written."
    listed = settings.disposable_domains_file
    if listed is not None and not (listed.is_file() and os.access(listed, os.R_OK)):
        yield f"DISPOSABLE_DOMAINS_FILE: {listed} cannot be read."
    try:
        settings.key_store.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.key_store):
            pass
    except OSError as fault:
        yield f"KEY_STORE: keys cannot be written to {settings.key_store} ({fault.strerror})."


def _may_write(file: Path) -> bool:
    place = file
    while not place.exists():
        place = place.parent
    return os.access(place, os.W_OK) and (place.is_file() if place == file else place.is_dir())


def _key_store_objections(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    if folder.resolve().is_relative_to(ROOT):
        yield (
            "KEY_STORE lies in the service's own folder, beside its data: put the keys where no "
            "backup of the service reaches."
        )
    about = folder.stat()
    if stat.S_IMODE(about.st_mode) & OTHERS:
        yield f"KEY_STORE: others may look into {folder}; allow its owner only (chmod 700)."
    if about.st_uid != os.geteuid():
        yield f"KEY_STORE: {folder} belongs to another user than the one who runs the service."
    if (folder / EVALUATION_KEY).exists():
        yield "KEY_STORE was used in evaluation mode; production needs keys of its own."
    for path in sorted(folder.iterdir()):
        yield from _key_objections(path)


def _key_objections(path: Path) -> Iterator[str]:
    if path.name.startswith(".") or not path.is_file():
        return
    if stat.S_IMODE(path.stat().st_mode) & OTHERS:
        yield f"KEY_STORE: others may read the key {path.name}; allow its owner only (chmod 600)."
    secret = path.read_bytes()
    if len(secret) < KEY_BYTES or len(set(secret)) < LEAST_VARIED:
        yield f"KEY_STORE: the key {path.name} is too short or not random; restore the true one."


def _issuer_objections(settings: Settings) -> Iterator[str]:
    path = settings.oidc_jwks_file
    if path is None:
        return
    try:
        document = json.loads(path.read_bytes())
        keys: list[dict[str, Any]] = [dict(key) for key in document["keys"]]
    except OSError:
        yield f"OIDC_JWKS_FILE: {path} cannot be read."
    except (ValueError, KeyError, TypeError):
        yield f"OIDC_JWKS_FILE: {path} is no set of public keys."
    else:
        if not keys:
            yield f"OIDC_JWKS_FILE: {path} holds no key."
        if any(key.get("kty") not in {"RSA", "EC"} or "d" in key for key in keys):
            yield f"OIDC_JWKS_FILE: {path} holds a secret key; only public halves belong there."
