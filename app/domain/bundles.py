"""What a poll's bundle tells: everything an outsider needs to recount, and no more than is told.

Two things stay back unless they say nothing of anybody. The opened list, because a rare combination
of ticks can be somebody's signature. And which leaves are covers, because with them anybody counts
how many ballots were replaced and when: "none" tells a coercer that nobody voted again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.domain.polls import canonical

FORMAT = "ward-priorities-bundle/2"
FEWEST_ALIKE = 3
FEWEST_SUPERSEDED = 10
STEP_FIELDS = ("stage", "options", "amount", "tied")
CLAIM_FIELDS = ("option", "level", "group", "threshold")

LIST_WITHHELD = (
    "The opened list is shown to the auditor only: it has fewer than 30 ballots, or everybody "
    f"agreed about an option, or a combination of ticks occurs fewer than {FEWEST_ALIKE} times."
)
COUNTS_WITHHELD = (
    "Which leaves are covers, and how many ballots were replaced, is shown to the auditor only: "
    f"either the result's numbers are not exact, or fewer than {FEWEST_SUPERSEDED} ballots were "
    "replaced, so that nobody learns that a certain voter did not vote again."
)

Ballot = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The true numbers of a counted poll's ballot box."""

    leaves: int
    cover: int
    current: int
    quarantined: int

    @property
    def superseded(self) -> int:
        """Ballots that a later one replaced, in this poll or in that of the voter's new ward."""
        return self.leaves - self.cover - self.current


def in_order(ballots: Iterable[Sequence[str]], options: Sequence[str]) -> list[Ballot]:
    """Return ballots in the one order that says nothing of them but what they say themselves."""
    places = {option: place for place, option in enumerate(options)}
    numbered = sorted(tuple(sorted(places[option] for option in ballot)) for ballot in ballots)
    return [tuple(options[place] for place in ballot) for ballot in numbered]


def none_stands_out(ballots: Iterable[Ballot]) -> bool:
    """Whether each combination of ticks occurs often enough to be nobody's signature."""
    return all(times >= FEWEST_ALIKE for times in Counter(ballots).values())


def covers_may_be_told(box: Box, *, exact: bool) -> bool:
    """Whether it may be said which leaves are covers, and so how many ballots were replaced."""
    return exact and box.superseded >= FEWEST_SUPERSEDED


def counts_told(box: Box, heads: int, *, opened: int | None, covers: bool) -> dict[str, int | None]:
    """Return the numbers that must agree, `None` for those that are not told."""
    exact = opened is not None
    return {
        "heads": heads,
        "leaves": box.leaves,
        "cover": box.cover if covers else None,
        "current": box.current if exact else None,
        "superseded": box.superseded if covers else None,
        "quarantined": box.quarantined if exact else None,
        "opened": opened,
    }


def result_told(
    facts: Mapping[str, Any], approvals: Mapping[str, int | None] | None, account: Any
) -> dict[str, Any]:
    """Return a result's exact parts, without sentences and estimates that nobody can recount."""
    claims = None if account is None else account["certificates"]
    return {
        **facts,
        "approvals": approvals,
        "reserves": None if account is None else account["reserves"],
        "trace": None if account is None else [_only(STEP_FIELDS, s) for s in account["trace"]],
        "certificates": None if claims is None else {k: _bare(claims[k]) for k in claims},
    }


def note_text(bundle: Mapping[str, Any]) -> str:
    """Return what is signed of a bundle without its note: its poll, and a hash of each part.

    Each is the SHA-256 of the part's canonical form, so that of the manifest is the one everybody
    knows; a part that is withheld is hashed as `null`.
    """
    hashes = (f"{name} {sha256(canonical(bundle[name])).hexdigest()}" for name in sorted(bundle))
    origin = f"ward-priorities/bundles/{bundle['manifest']['poll']}"
    return "".join(f"{line}\n" for line in (origin, *hashes))


def _bare(certificate: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    claims = [_only(CLAIM_FIELDS, claim) for claim in certificate["claims"]]
    return {"satisfied": certificate["satisfied"], "claims": claims}


def _only(fields: Iterable[str], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in fields}
