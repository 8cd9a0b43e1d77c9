"""The audit chain: what of an entry is public, and whether a chain and its signed heads are whole.

An entry's hash covers its content and the hash before it, so that no entry can be changed, removed,
put in or moved without every later hash changing too. Somebody who rewrites all of those is found
by a head that was signed before, with a key that is not in the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

GENESIS = "0" * 64
HEADS = "ward-priorities/audit"
"""The first line of every signed head of the audit chain."""

PUBLIC_SUBJECTS = frozenset(
    {
        "board",
        "commitment_run",
        "boundary_edition",
        "dispute",
        "event",
        "evidence",
        "facility",
        "poll",
        "postcodes",
        "priority",
        "priority_set",
        "publication_release",
        "refresh",
        "round",
    }
)
"""Kinds of things whose identifier anyone may know; a person's, a posting's or a key's is none."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an entry says of its place in the chain, and the hash that its content gives."""

    position: int
    previous_hash: str
    entry_hash: str
    computed_hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a signed head claims, where it was found, and whether its note says so under the key."""

    where: str
    position: int
    entry_hash: str
    is_genuine: bool


@dataclass(slots=True)
class ChainCheck:
    """Follows a chain from its first entry and says, in sentences, everything that is wrong."""

    damage: list[str] = field(default_factory=list)
    position: int = 0
    last_hash: str = GENESIS
    _claimed: dict[int, str | None] = field(default_factory=dict)

    def expect(self, heads: Iterable[Head]) -> None:
        """Remember to note the hashes that these heads speak of; call it before following."""
        self._claimed |= dict.fromkeys((head.position for head in heads), None)

    def follow(self, link: Link) -> None:
        """Check the next entry, in order of position."""
        if link.position > self.position + 1:
            first, last = self.position + 1, link.position - 1
            missing = f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
            self.damage.append(f"{missing} missing.")
        elif link.position <= self.position:
            self.damage.append(f"Entry {link.position} is there more than once.")
        if link.entry_hash != link.computed_hash:
            self.damage.append(f"Entry {link.position} was changed: its hash does not fit.")
        if link.previous_hash != self.last_hash:
            self.damage.append(f"Entry {link.position} does not follow from the one before it.")
        self.position, self.last_hash = link.position, link.entry_hash
        if link.position in self._claimed:
            self._claimed[link.position] = link.entry_hash

    def judge(self, heads: Iterable[Head]) -> int:
        """Check the heads against the chain followed, and return how many entries they cover."""
        covered = 0
        for head in heads:
            if not head.is_genuine:
                self.damage.append(f"{head.where} was not signed with the log key as it stands.")
            elif head.position > self.position:
                self.damage.append(
                    f"{head.where} covers {head.position} entries, but the chain ends at entry "
                    f"{self.position}: entries were removed from its end."
                )
            elif self._claimed.get(head.position) != head.entry_hash:
                self.damage.append(
                    f"{head.where} was signed over another entry {head.position}: "
                    "the chain was rewritten."
                )
            else:
                covered = max(covered, head.position)
        return covered
