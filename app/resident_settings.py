"""What an operator may set for residents: their mail, their proofs of residence, and the caps."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ResidentSettings(BaseSettings):
    """How residents sign in, and how many may come from one place before somebody looks."""

    model_config = SettingsConfigDict(extra="ignore")

    smtp_url: SecretStr | None = Field(
        default=None,
        description="Where mail is handed over: `smtps://user:password@host`, `smtp://host:587` "
        "(STARTTLS). Without it evaluation shows mails at `/evaluation/mails`; production offers "
        "no sign-in by mail.",
    )
    mail_from: str = Field(
        default="Sign-in <no-reply@ward-priorities.example>",
        description="The sender of sign-in mails.",
    )
    residence_issuer: str | None = Field(
        default=None,
        description="`iss` of the signed proofs of residence that lift residents to level 2; "
        "never the issuer of access tokens.",
    )
    residence_audience: str = Field(
        default="ward-priorities", description="`aud` a proof of residence must carry."
    )
    residence_jwks_file: Path | None = Field(
        default=None, description="The residence issuer's public keys; read anew for each proof."
    )
    residents_per_network: int | None = Field(
        default=None,
        ge=1,
        description="Residents who may state a home from one network (/24, or /48 in IPv6) in a "
        "day; the ballots of those beyond wait in quarantine. 100 in production, 100000 in "
        "evaluation.",
    )
    residents_per_postcode: int = Field(
        default=30, ge=1, description="The same for one postcode, where one is stated."
    )
    disposable_domains_file: Path | None = Field(
        default=None,
        description="Domains of throw-away mailboxes, one a line; nobody signs in from those.",
    )

    @model_validator(mode="after")
    def keep_issuers_apart(self) -> Self:
        """Refuse a residence issuer without keys, or one that issues access tokens too."""
        if self.residence_issuer and not self.residence_jwks_file:
            raise ValueError("RESIDENCE_ISSUER needs RESIDENCE_JWKS_FILE.")
        if self.residence_issuer and self.residence_issuer == getattr(self, "oidc_issuer", None):
            raise ValueError("RESIDENCE_ISSUER must not be OIDC_ISSUER: one person, two votes.")
        return self
