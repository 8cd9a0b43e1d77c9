"""Configurations that production or evaluation must refuse, each with words of the refusal."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.stage import set_stage

ROLE = "wards_service"
SECRET = bytes(range(32))


@dataclass(frozen=True)
class Ground:
    """Where production could run well: a granted role, an issuer's keys, a key store, a port."""

    folder: Path
    run: Path
    port: int

    def url(self, role: str = ROLE, database: str = "postgres") -> str:
        return f"postgresql://{role}@/{database}?host={self.run}"

    def file(self, name: str, content: Any, mode: int = 0o600) -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(data)
        path.chmod(mode)
        return str(path)

    def store(self, name: str, *, mode: int = 0o700, owner: int | None = None) -> str:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        if owner is not None:
            os.chown(path, owner, -1)
        return str(path)

    def good(self) -> dict[str, str]:
        """Return the environment of a production that starts."""
        key = ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=False)
        return {
            "MODE": "production",
            "PORT": str(self.port),
            "DATABASE_URL": self.url(),
            "PUBLIC_URL": "https://wards.example",
            "OIDC_ISSUER": "https://login.example",
            "OIDC_JWKS_FILE": self.file("issuer.json", {"keys": [key]}),
            "KEY_STORE": self.store("keys"),
        }


@dataclass(frozen=True)
class Case:
    """One bad configuration: what it changes of a good one, and words of its one sentence."""

    name: str
    words: str
    change: Mapping[str, str] = field(default_factory=dict)
    make: Callable[[Ground], Mapping[str, str]] = lambda _: {}


SECRET_HALF = ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=True)
SETTINGS = (
    Case("unknown mode", "MODE: Input should be", {"MODE": "demo"}),
    Case("port beyond the last", "PORT: Input should be", {"PORT": "65536"}),
    Case("no worker", "WORKERS: Input should be", {"WORKERS": "0"}),
    Case("heads too seldom", "LOG_INTERVAL_S: ", {"LOG_INTERVAL_S": "3601"}),
    Case("everybody a proxy", "not the whole internet", {"TRUSTED_PROXIES": "0.0.0.0/0"}),
    Case("evaluation for all", "loopback only", {"MODE": "evaluation", "HOST": "0.0.0.0"}),
    Case("one person", "SECOND_PERSON", {"SECOND_PERSON": "false"}),
    Case("no issuer", "needs OIDC_ISSUER", {"OIDC_ISSUER": ""}),
    Case("plain issuer", "OIDC_ISSUER must be", {"OIDC_ISSUER": "http://login.example"}),
    Case(
        "built-in issuer", "OIDC_ISSUER must be", {"OIDC_ISSUER": "urn:ward-priorities:evaluation"}
    ),
    Case("plain keys", "OIDC_JWKS_URL must be", {"OIDC_JWKS_URL": "http://login.example/keys"}),
    Case("no audience", "OIDC_AUDIENCE is empty", {"OIDC_AUDIENCE": " "}),
    Case("plain address", "PUBLIC_URL must be", {"PUBLIC_URL": "http://wards.example"}),
    Case("malformed origin", "is no origin", {"ALLOWED_ORIGINS": "https://a.example, null"}),
    Case("quotas of too few", "QUOTA_PROCESSES", {"QUOTA_PROCESSES": "1", "WORKERS": "2"}),
    Case("default sender", "MAIL_FROM", {"SMTP_URL": "smtps://mail.example"}),
    Case(
        "two ways to be a resident",
        "one person would have two votes",
        {"OIDC_RESIDENTS": "true", "SMTP_URL": "smtps://mail.example"},
    ),
    Case("SQLite", "production runs on PostgreSQL", {"DATABASE_URL": "sqlite:///var/x.sqlite3"}),
    Case("another database", "DATABASE_URL must read", {"DATABASE_URL": "mysql://a@b/c"}),
)
FILES = (
    Case("no keys", "needs OIDC_JWKS", make=lambda _: {"OIDC_JWKS_FILE": ""}),
    Case(
        "keys that are none",
        "no set of public keys",
        make=lambda ground: {"OIDC_JWKS_FILE": ground.file("none.json", b"{")},
    ),
    Case(
        "empty keys",
        "holds no key",
        make=lambda ground: {"OIDC_JWKS_FILE": ground.file("empty.json", {"keys": []})},
    ),
    Case(
        "secret keys",
        "only public halves",
        make=lambda ground: {"OIDC_JWKS_FILE": ground.file("d.json", {"keys": [SECRET_HALF]})},
    ),
    Case(
        "open key store",
        "others may look into",
        make=lambda ground: {"KEY_STORE": ground.store("open", mode=0o755)},
    ),
    Case(
        "key store of another",
        "belongs to another user",
        make=lambda ground: {"KEY_STORE": ground.store("foreign", owner=12345)},
    ),
    Case("key store among the data", "service's own folder", {"KEY_STORE": "var/test-keys"}),
    Case(
        "key store that is a file",
        "keys cannot be written",
        make=lambda ground: {"KEY_STORE": ground.file("a-file", b"x")},
    ),
    Case("no place for keys", "keys cannot be written", {"KEY_STORE": "/proc/keys"}),
    Case(
        "readable key",
        "others may read the key identity",
        make=lambda ground: _store_with(ground, "readable/identity", SECRET, 0o644),
    ),
    Case(
        "short key",
        "too short or not random",
        make=lambda ground: _store_with(ground, "short/identity", b"secret"),
    ),
    Case(
        "typed key",
        "too short or not random",
        make=lambda ground: _store_with(ground, "typed/log", b"changeme" * 4),
    ),
    Case(
        "evaluation's key store",
        "used in evaluation mode",
        make=lambda ground: _store_with(ground, "evaluated/evaluation-issuer", SECRET),
    ),
    Case(
        "heads below a file",
        "AUDIT_HEADS_FILE",
        make=lambda ground: {"AUDIT_HEADS_FILE": ground.file("plain", b"x") + "/heads"},
    ),
)


def _store_with(ground: Ground, name: str, secret: bytes, mode: int = 0o600) -> dict[str, str]:
    return {"KEY_STORE": str(Path(ground.file(name, secret, mode)).parent)}


def _role(role: str) -> Callable[[Ground], Mapping[str, str]]:
    return lambda ground: {"DATABASE_URL": ground.url(role)}


def _database(name: str, role: str = ROLE) -> Callable[[Ground], Mapping[str, str]]:
    return lambda ground: {"DATABASE_URL": ground.url(role, name)}


DATABASES = (
    Case("superuser", "is a superuser", make=_role("postgres")),
    Case("maker of roles", "is a superuser or nearly", make=_role("maker")),
    Case("owner of tables", "owns the tables", make=_role("owner")),
    Case("member of the owner", "owns the tables", make=_role("member")),
    Case("maker of tables", "may create tables", make=_role("builder")),
    Case("changer of the audit", "may change audit_entry", make=_role("changer")),
    Case("early commits", "synchronous_commit=off", make=_role("hasty")),
    Case("local commits", "synchronous_commit=local", make=_role("local")),
    Case("another clock", "30 seconds apart", make=_role("late")),
    Case("unknown role", "does not let this role in", make=_role("nobody")),
    Case("absent database", "that is not there", make=_database("absent")),
    Case("role without rights", "lacks rights", make=_role("bare")),
    Case("older schema", "run `python -m app migrate`", make=_database("older")),
    Case("empty database", "run `python -m app migrate`", make=_database("template1")),
    Case("evaluated database", "used in evaluation mode", make=_database("stamped")),
    Case("disarmed trigger", "is gone or off", make=_database("disarmed")),
    Case("lost keys", "KEY_STORE lacks keys", make=_database("voting")),
    Case(
        "evaluation among real people",
        "holds real officers",
        {"MODE": "evaluation"},
        _database("peopled", "postgres"),
    ),
)
RELOADED = ("fsync", "full_page_writes")

ROLES = (
    "CREATE ROLE bare LOGIN",
    "CREATE ROLE maker LOGIN CREATEROLE IN ROLE wards_service",
    "CREATE ROLE owner LOGIN IN ROLE wards_service",
    "CREATE ROLE member LOGIN IN ROLE owner",
    "ALTER TABLE audit_entry OWNER TO owner",
    "CREATE ROLE builder LOGIN IN ROLE wards_service",
    "GRANT CREATE ON SCHEMA public TO builder",
    "CREATE ROLE changer LOGIN IN ROLE wards_service",
    "GRANT UPDATE (reason), DELETE ON audit_entry TO changer",
    "CREATE ROLE hasty LOGIN IN ROLE wards_service",
    "ALTER ROLE hasty SET synchronous_commit = off",
    "CREATE ROLE local LOGIN IN ROLE wards_service",
    "ALTER ROLE local SET synchronous_commit = local",
    "CREATE SCHEMA astray",
    (
        "CREATE FUNCTION astray.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
        " AS 'SELECT pg_catalog.clock_timestamp() + interval ''30 seconds'''"
    ),
    "GRANT USAGE ON SCHEMA astray TO PUBLIC",
    "CREATE ROLE late LOGIN IN ROLE wards_service",
    "ALTER ROLE late SET search_path = astray, pg_catalog, public",
)
SPOILED = {
    "older": "UPDATE alembic_version SET version_num = '0002'",
    "stamped": "INSERT INTO evaluation_stamp VALUES (1, now())",
    "disarmed": "ALTER TABLE audit_entry DISABLE TRIGGER append_only",
    "voting": "SELECT 1",
    "peopled": "INSERT INTO officer (id, display_name, rank, hidden, fictional, created_at,"
    " updated_at, version) VALUES (gen_random_uuid(), 'Robin Example', 'PCSO', false, false,"
    " now(), now(), 1)",
}


async def set_traps(cluster: Cluster, ground: Ground) -> None:
    """Make every bad role and every bad database in a cluster whose service role is granted."""
    for name in SPOILED:
        await cluster.ask(f"CREATE DATABASE {name} TEMPLATE postgres")
    for statement in ROLES:
        await cluster.ask(statement)
    for name, statement in SPOILED.items():
        await cluster.ask_in(name, statement)
    await set_stage(ground.url("postgres", "voting"), ground.folder / "other-keys", residents=1)
