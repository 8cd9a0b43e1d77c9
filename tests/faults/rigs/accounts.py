"""The account after the faults: every receipt against what is kept, and every ballot opened."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.rigs.logs import false_heads, read_log, unproven
from tests.faults.rigs.stage import Kept, Stage, open_box, read_box
from tests.faults.rigs.voters import Crowd, Receipt


@dataclass(frozen=True)
class Account:
    """What a rig found; `broken` counts promises of other kinds: a leaf without a head."""

    faults: int
    acknowledged: int
    lost: int
    twice: int
    unanswered: int = 0
    broken: int = 0
    recoveries: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, counted twice, or promised in vain."""
        return (self.lost, self.twice, self.broken) == (0, 0, 0)


async def settle(
    url: str,
    crowd: Crowd,
    faults: int,
    recoveries: Sequence[float] = (),
    *,
    late: int = 0,
) -> Account:
    """Return the account of a crowd whose poll is in this database; closes and opens the poll."""
    assert crowd.surprises == [], crowd.surprises[:5]
    stage = crowd.stage
    box = await read_box(url, stage)
    opened = await open_box(url, stage)
    log = await read_log(url, stage)
    leaves = frozenset(log.leaves)
    lost = sum(
        count_lost(receipts, box.get(name), leaves) for name, receipts in crowd.receipts.items()
    )
    written = sum(kept.seq for kept in box.values())
    missing = (expected(stage, box) - opened).total()
    unproved = 0 if lost else unproven(log, crowd.promised())
    return Account(
        faults=faults,
        acknowledged=crowd.acknowledged,
        lost=lost + missing,
        twice=(opened - expected(stage, box)).total() + max(0, log.ballots - written),
        unanswered=written - crowd.acknowledged + lost,
        broken=late + unproved + false_heads(log, crowd.heads),
        recoveries=list(recoveries),
    )


def expected(stage: Stage, box: Mapping[str, Kept]) -> Counter[frozenset[str]]:
    """Return the choices that must come out of a box: one for each resident in it."""
    return Counter(stage.choices[name] for name in box if name in stage.choices)


def count_lost(receipts: Sequence[Receipt], kept: Kept | None, leaves: Collection[bytes]) -> int:
    """Return how many of one resident's receipts are not borne out by what is kept.

    A receipt is borne out when its leaf is in the log and the kept ballot is the very one or has a
    higher number; it is refuted when its number was given away again to a later ballot.
    """
    lost = 0
    floor = kept.seq + 1 if kept is not None else 0
    for receipt in reversed(receipts):
        replaced = kept is not None and receipt.seq == kept.seq and receipt.leaf != kept.leaf
        if receipt.seq >= floor or replaced or receipt.leaf not in leaves:
            lost += 1
        floor = min(floor, receipt.seq)
    return lost
