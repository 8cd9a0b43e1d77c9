"""A poll's bundle as it crosses the wire: what `tools/verify_poll.py` checks."""

from uuid import UUID

from pydantic import Field

from app.domain.disclosure import Disclosure
from app.schemas.base import Out
from app.schemas.poll_results import Ratio
from app.schemas.polls import ManifestOut

HASH = "5f" * 32


class BundleLogOut(Out):
    """A poll's whole log: its leaves, which of them are covers, and its signed heads."""

    key: str = Field(description="The verifier key, as in the manifest and at `/v1/log-key`.")
    leaves: list[str] = Field(description="Leaf hashes in hex, in log order.", examples=[[HASH]])
    cover: dict[str, str] | None = Field(
        description="The nonce of each leaf that stands for no ballot, by its place; null if "
        "withheld. Leaf = SHA-256(0x00, `cover`, the poll's 16 bytes, nonce)."
    )
    heads: list[str] = Field(description="Signed heads (C2SP checkpoints), oldest first.")


class BundleCountsOut(Out):
    """Numbers that must agree: leaves - cover = current + superseded; opened = current - held."""

    heads: int
    leaves: int
    cover: int | None
    current: int | None = Field(description="Ballots that stood at the close.")
    superseded: int | None = Field(description="Ballots replaced, here or in a new ward's poll.")
    quarantined: int | None = Field(description="Current ballots that were held back.")
    opened: int | None


class BundleStepOut(Out):
    """One decision of the count."""

    stage: str
    options: list[UUID]
    amount: Ratio
    tied: list[list[UUID]]


class BundleClaimOut(Out):
    """The strongest claim of an unchosen option."""

    option: UUID
    level: int
    group: Ratio
    threshold: Ratio


class BundleCertificateOut(Out):
    """Whether every group large enough for a place has one."""

    satisfied: bool
    claims: list[BundleClaimOut]


class BundleCertificatesOut(Out):
    """The fairness checks."""

    ejr_plus: BundleCertificateOut
    pjr_plus: BundleCertificateOut | None


class BundleResultOut(Out):
    """The published result without the sentences and estimates that nobody can recount."""

    disclosure: Disclosure
    rule: str
    seats: int
    chosen: list[UUID] | None
    reserves: list[UUID] | None
    approvals: dict[str, int | None] | None = Field(description="By option id.")
    trace: list[BundleStepOut] | None
    certificates: BundleCertificatesOut | None


class BundleOut(Out):
    """All that an outsider needs to recount a poll with `tools/verify_poll.py`."""

    format: str
    manifest: ManifestOut
    manifest_sha256: str
    log: BundleLogOut
    closing_commitment: str = Field(description="The log's last root; ties are drawn from it.")
    counts: BundleCountsOut
    counts_withheld: str | None = Field(description="Why some numbers are null.")
    opened: list[list[UUID]] | None = Field(
        description="Every opened ballot as option ids in the manifest's order, sorted by it."
    )
    opened_withheld: str | None = Field(description="Why the opened list is null.")
    result: BundleResultOut
    note: str | None = Field(
        description="All of the above, signed by the log's key (C2SP signed note): the line "
        "`ward-priorities/bundles/{poll}`, then for each other field, by name, its name and the "
        "SHA-256 of its canonical JSON. Null if the service has that key no more."
    )
