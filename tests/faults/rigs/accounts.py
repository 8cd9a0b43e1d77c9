"""The account after the faults: every receipt against what is kept, and every ballot opened."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.rigs.stage import Kept, Stage, open_box, read_box
from tests.faults.rigs.voters import Crowd, Receipt


@dataclass
class Account:
    """What a rig found."""

    faults: int
    acknowledged: int
    lost: int
    twice: int
    unanswered: int
    recoveries: list[float] = field(default_factory=list)


async def settle(url: str, crowd: Crowd, faults: int, recoveries: Sequence[float] = ()) -> Account:
    """Return the account of a crowd whose poll is in this database; closes and opens the poll."""
    stage = crowd.stage
    box = await read_box(url, stage)
    opened = await open_box(url, stage)
    lost = sum(count_lost(receipts, box.get(name)) for name, receipts in crowd.receipts.items())
    written = sum(kept.seq for kept in box.values())
    return Account(
        faults=faults,
        acknowledged=crowd.acknowledged,
        lost=lost + sum((expected(stage, box) - opened).values()),
        twice=sum((opened - expected(stage, box)).values()),
        unanswered=written - crowd.acknowledged + lost,
        recoveries=list(recoveries),
    )


def expected(stage: Stage, box: Mapping[str, Kept]) -> Counter[frozenset[str]]:
    """Return the choices that must come out of a box: one for each resident in it."""
    return Counter(stage.choices[name] for name in box if name in stage.choices)


def count_lost(receipts: Sequence[Receipt], kept: Kept | None) -> int:
    """Return how many of one resident's receipts are not borne out by what is kept.

    A later ballot has a higher number. So a receipt is borne out by the kept ballot when that is
    the very one or has a higher number, and refuted when its number was given away again.
    """
    lost = 0
    floor = kept.seq + 1 if kept is not None else 0
    for receipt in reversed(receipts):
        is_kept = kept is not None and receipt == (kept.seq, kept.leaf_hash, receipt.noted_at)
        if receipt.seq >= floor or (kept and receipt.seq == kept.seq and not is_kept):
            lost += 1
        floor = min(floor, receipt.seq)
    return lost
