"""Reads the whole audit chain and says whether anything was changed behind the service's back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.database import ReadSession
from app.domain.audit import HEADS, ChainCheck, Head, Link
from app.domain.checkpoints import read_checkpoint
from app.models.audit import AuditEntry, AuditHead
from app.operations.audit import entry_hash

IsSigned = Callable[[str], bool]
"""Whether a note carries a good signature of the log key."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How long the chain is, how much of it signed heads cover, and what is damaged."""

    entries: int
    covered: int
    heads: int
    damage: tuple[str, ...]


async def verify_chain(
    session: ReadSession, is_signed: IsSigned, kept: Sequence[Mapping[str, Any]] = ()
) -> Verdict:
    """Check every entry, every head in the database, and the heads that were kept outside it."""
    stored = (await session.execute(select(AuditHead.__table__).order_by("signed_on"))).mappings()
    inside = [dict(row) for row in stored]
    heads = [_head(head, "database", is_signed) for head in inside]
    heads += [_head(head, "file", is_signed) for head in kept]
    check = ChainCheck()
    check.expect(heads)
    await _follow(session, check)
    days = {str(head.get("signed_on")) for head in inside}
    for head in kept:
        if str(head.get("signed_on")) not in days:
            check.damage.append(f"The head of {_day(head)} is in the file, not in the database.")
    covered = check.judge(heads)
    return Verdict(check.position, covered, len(heads), tuple(check.damage))


async def _follow(session: ReadSession, check: ChainCheck) -> None:
    """Follow the entries as plain rows: an object per key would hide a row that is there twice."""
    ordered = select(AuditEntry.__table__).order_by("position")
    try:
        async for row in await session.stream(ordered.execution_options(yield_per=500)):
            check.follow(Link(row.position, row.previous_hash, row.entry_hash, entry_hash(row)))
    except (ValueError, TypeError, AttributeError) as fault:
        check.damage.append(
            f"An entry after {check.position} cannot be read ({type(fault).__name__}); "
            "what follows was not checked."
        )


def _head(kept: Mapping[str, Any], place: str, is_signed: IsSigned) -> Head:
    where = f"The head of {_day(kept)} in the {place}"
    try:
        note, position, claimed = str(kept["note"]), int(kept["position"]), str(kept["entry_hash"])
        said = read_checkpoint(note)
    except (KeyError, TypeError, ValueError):
        return Head(where, 0, "", is_genuine=False)
    agrees = (said.origin, said.size, said.root.hex()) == (HEADS, position, claimed)
    agrees = agrees and "".join(said.extensions).startswith(f"published {_day(kept)}T")
    return Head(where, position, claimed, is_genuine=agrees and is_signed(note))


def _day(kept: Mapping[str, Any]) -> str:
    return str(kept.get("signed_on", "an unknown day"))[:40]
