"""What an operator may set, in small classes by concern; unsafe combinations are refused."""

from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.resident_settings import ResidentSettings
from app.source_settings import SourceSettings

ROOT = Path(__file__).resolve().parent.parent


class Mode(StrEnum):
    """How the service runs: to be tried on one machine, or to be relied on."""

    EVALUATION = "evaluation"
    PRODUCTION = "production"


class DatabaseSettings(BaseSettings):
    """Where the data lives."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = Field(
        default="sqlite:///var/ward-priorities.sqlite3",
        description="`sqlite:///path` or `postgresql://user@host/name`, without a driver.",
    )
    database_pool_size: int = Field(
        default=10, ge=1, le=200, description="Connections a process keeps to PostgreSQL."
    )


class IdentitySettings(BaseSettings):
    """Who may call: the token issuer, and the folder of keys kept outside the database."""

    model_config = SettingsConfigDict(extra="ignore")

    oidc_issuer: str | None = Field(
        default=None, description="`iss` of the access tokens accepted in production (https)."
    )
    oidc_audience: str = Field(
        default="ward-priorities", description="`aud` an access token must carry."
    )
    oidc_jwks_url: str | None = Field(
        default=None, description="Where the issuer publishes its public keys (https)."
    )
    oidc_jwks_file: Path | None = Field(
        default=None, description="The issuer's public keys as a file, instead of the address."
    )
    outside_private_hosts: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._,: -]*$",
        description="Comma-separated names of outside servers, such as the token issuer, that may "
        "lie in your own network; every other outside call goes to public addresses only.",
    )
    oidc_discovery: bool = Field(
        default=False,
        description="Learn the address of the keys from the issuer's discovery document instead.",
    )
    oidc_authorized_parties: str = Field(
        default="",
        description="Comma-separated clients (`azp`, `client_id` or `appid`) whose tokens are "
        "accepted; empty for every client of the issuer.",
    )
    oidc_token_types: str = Field(
        default="at+jwt",
        pattern=r"^[A-Za-z0-9+., -]+$",
        description="Comma-separated `typ` of access tokens (RFC 9068); `JWT` for issuers that "
        "mark theirs no better, which must then carry `scope`, `scp`, `client_id`, `azpacr` or "
        "`appidacr`. Id tokens are refused in any case.",
    )
    oidc_residents: bool = Field(
        default=False,
        description="Whether residents may come with tokens of the issuer (role `resident`); "
        "refused together with `SMTP_URL`, since one person would have two votes.",
    )
    oidc_role_claim: str = Field(
        default="role",
        pattern=r"^[!-~]{1,100}$",
        description="The claim that names the role: text, or a list with exactly one known role.",
    )
    second_person: bool = Field(
        default=True,
        description="Whether opening, early closing, cancelling and the like take two people; "
        "`false` is refused in production.",
    )
    key_store: Path = Field(
        default=Path("var/keys"),
        description="Folder of round and identity keys; never inside the database or its backups.",
    )
    audit_heads_file: Path | None = Field(
        default=None,
        description="File to which each daily signed head of the audit chain is appended; keep it "
        "on another machine than the database.",
    )


class LogSettings(BaseSettings):
    """How the public log of sealed ballots is kept."""

    model_config = SettingsConfigDict(extra="ignore")

    log_name: str = Field(
        default="ward-priorities",
        pattern=r"^[!-*,-~]{1,100}$",
        description="The name under which the log's key signs; without blanks and plus signs.",
    )
    log_interval_s: int = Field(
        default=900,
        ge=1,
        le=3600,
        description="Seconds between two heads of an open poll's log.",
    )


class ServerSettings(BaseSettings):
    """How the service is reached."""

    model_config = SettingsConfigDict(extra="ignore")

    mode: Mode = Field(
        default=Mode.EVALUATION,
        description="`evaluation` (loopback only, tokens for anyone) or `production`.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Where the outside reaches the service, for the links in calendars; "
        "`http://HOST:PORT` when unset.",
    )
    workers: int = Field(default=1, ge=1, le=64, description="Server processes.")
    run_jobs: bool = Field(
        default=True,
        description="Whether server processes carry out jobs themselves; `false` where processes "
        "of `python -m app worker` do.",
    )
    allowed_origins: str = Field(
        default="*", description="Comma-separated origins that browsers may read from."
    )
    max_body_bytes: int = Field(
        default=1_000_000,
        ge=1_000,
        description="Largest accepted request body, in bytes; a request's head may have 65536.",
    )
    request_receipt_s: float = Field(
        default=5.0,
        gt=0,
        le=300,
        description="Seconds in which a request must have arrived whole; a body that keeps coming "
        "(10 kB a second) has longer.",
    )
    keep_alive_s: int = Field(
        default=4,
        ge=1,
        le=600,
        description="Seconds for which a connection without a request is kept; behind a proxy more "
        "than the proxy keeps its own.",
    )
    max_connections: int = Field(
        default=4_000,
        ge=10,
        description="Connections a process keeps; beyond that, those that waited longest go.",
    )

    trusted_proxies: str = Field(
        default="",
        description="Comma-separated addresses or networks of proxies whose `X-Forwarded-For` "
        "names the client; without any the connection's own address counts.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def refuse_unknown_proxies(cls, given: str) -> str:
        """Refuse what is no network; to trust everybody would let anyone choose an address."""
        for network in filter(None, map(str.strip, given.split(","))):
            try:
                trusted = ip_network(network)
            except ValueError as cause:
                raise ValueError(
                    f"TRUSTED_PROXIES: {network!r} is no address or network."
                ) from cause
            if trusted.prefixlen == 0:
                raise ValueError("Name your proxies, not the whole internet.")
        return given

    @property
    def base_url(self) -> str:
        """Where the outside reaches the service, without a slash at the end.

        A setting and not the request's Host header: ready answers are shared by everyone who asks.
        """
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


class QuotaSettings(BaseSettings):
    """How much of the service one caller may use; unset means the mode's own default."""

    model_config = SettingsConfigDict(extra="ignore")

    reads_per_second: int | None = Field(
        default=None,
        ge=1,
        description="Requests per second and network address without a token, three seconds' "
        "worth at once; 20 in production, 10000 in evaluation.",
    )
    keyed_per_second: int | None = Field(
        default=None,
        ge=1,
        description="Requests per second and signed-in caller or partner key; 100 in production, "
        "10000 in evaluation.",
    )
    ballots_per_minute: int | None = Field(
        default=None,
        ge=1,
        description="Ballots per minute and resident; 6 in production, 60000 in evaluation.",
    )
    mails_per_hour: int = Field(
        default=5, ge=1, description="Sign-in mails per hour and e-mail address."
    )
    mails_per_hour_and_network: int | None = Field(
        default=None,
        ge=1,
        description="Sign-in mails per hour and network address (/64 in IPv6); 20 in production, "
        "100000 in evaluation.",
    )
    quota_processes: int | None = Field(
        default=None,
        ge=1,
        description="Server processes that share quotas, on all machines; `WORKERS` when unset.",
    )


class Settings(
    DatabaseSettings,
    IdentitySettings,
    LogSettings,
    ResidentSettings,
    ServerSettings,
    QuotaSettings,
    SourceSettings,
):
    """Every setting, read from the environment once and checked together."""

    @model_validator(mode="after")
    def refuse_unsafe_combinations(self) -> Self:
        """Refuse evaluation beyond loopback, and production without a trustworthy issuer."""
        if self.mode is Mode.EVALUATION:
            if not self.is_loopback():
                raise ValueError(
                    f"evaluation mode hands tokens to anyone, so it listens on loopback only; "
                    f"HOST is {self.host}. Set MODE=production or HOST=127.0.0.1."
                )
            return self
        if not self.second_person:
            raise ValueError("production mode takes two people where it matters: SECOND_PERSON.")
        if not self.oidc_issuer:
            raise ValueError(
                "production mode needs OIDC_ISSUER: the issuer of staff access tokens."
            )
        if not self.oidc_issuer.startswith("https://"):
            raise ValueError("OIDC_ISSUER must be an https address.")
        if not (self.oidc_jwks_url or self.oidc_jwks_file or self.oidc_discovery):
            raise ValueError(
                "production mode needs OIDC_JWKS_URL or OIDC_JWKS_FILE, or OIDC_DISCOVERY=true."
            )
        if self.oidc_jwks_url and not self.oidc_jwks_url.startswith("https://"):
            raise ValueError("OIDC_JWKS_URL must be an https address.")
        return self

    @property
    def evaluation(self) -> bool:
        """Whether the service runs to be tried, with tokens for anyone."""
        return self.mode is Mode.EVALUATION
