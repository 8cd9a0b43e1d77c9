"""The promise in every receipt: one signature a batch over the tree of the leaves just committed.

Signing each ballot would cost more than sealing it. So the leaves of a batch make a small tree of
their own, its head is signed as a log's are, and each receipt carries the path to it.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from app.domain.ballots import Promise
from app.domain.checkpoints import PROMISES, Checkpoint, promised
from app.domain.merkle import Tree
from app.keyring import Keyring
from app.operations.log import LOOK_S
from app.signing import NoteSigner

HOUR_S = 3600
GRACE_S = 240
"""For a head that is late, beyond the look that finds it due: a busy or restarting process."""


class Promiser:
    """Promises leaves that are committed to their logs, by a full hour that tells no cast time."""

    def __init__(
        self, keyring: Keyring, *, interval_s: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._keyring, self._interval_s, self._clock = keyring, interval_s, clock

    def signer(self) -> NoteSigner:
        """Return who signs, before there is anything to sign; raise when the key is not there."""
        return self._keyring.log_signer

    def promise(self, leaves: Sequence[bytes]) -> dict[bytes, Promise]:
        """Return the promise of each of these leaves, which are committed already."""
        by = self.due_by()
        leaves = sorted(leaves)
        tree = Tree(leaves)
        head = Checkpoint(PROMISES, tree.size, tree.root(), (promised(by),))
        note = self.signer().sign(head.text())
        return {
            leaf: Promise(by, note, index, tree.inclusion(index))
            for index, leaf in enumerate(leaves)
        }

    def due_by(self) -> datetime:
        """Return the full hour by which what is committed now is in a head."""
        latest = self._clock() + self._interval_s + LOOK_S + GRACE_S
        return datetime.fromtimestamp(latest // HOUR_S * HOUR_S, UTC) + timedelta(hours=1)
