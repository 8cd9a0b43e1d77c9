"""The Merkle tree of RFC 9162 §2.1: growth by a frontier, roots, and proofs with their checking.

Leaves come hashed already (`0x00` in front, see `app.domain.ballots`); inner nodes are SHA-256 over
`0x01` and both children. All hashes are 32 bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
NODE_PREFIX = b"\x01"
EMPTY_ROOT = hashlib.sha256().digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


class Frontier:
    """A tree's size and its full subtrees from the largest down: all that growing it needs."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count():
            raise ValueError("a frontier has one hash for each bit set in its size")
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def from_bytes(cls, size: int, packed: bytes) -> "Frontier":
        """Return the frontier that `to_bytes` wrote."""
        steps = range(0, len(packed), HASH_BYTES)
        return cls(size, [packed[at : at + HASH_BYTES] for at in steps])

    def to_bytes(self) -> bytes:
        """Return the hashes of the full subtrees, one after another."""
        return b"".join(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf at the right."""
        below = self.size
        while below & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            below >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root; of the empty tree it is the hash of nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


class Tree:
    """A whole tree in memory, level by level, from which any proof is read without hashing."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            level = [
                node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)
            ]
            self._levels.append(level + below[2 * len(level) :])

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def root(self) -> bytes:
        """Return the root."""
        return self._levels[-1][0] if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """Return the path from a leaf to the root (RFC 9162 §2.1.3.1)."""
        if not 0 <= index < self.size:
            raise ValueError("the tree has no such leaf")
        path = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return path

    def consistency(self, first: int) -> list[bytes]:
        """Return the proof that this tree grew from its first leaves (RFC 9162 §2.1.4.1)."""
        if not 0 <= first <= self.size:
            raise ValueError("the tree was never of that size")
        return self._grown(first, 0, self.size, whole=True) if first else []

    def _grown(self, first: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if first == end - start:
            return [] if whole else [self._covering(start, end)]
        split = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= split - start:
            return [
                *self._grown(first, start, split, whole=whole),
                self._covering(split, end),
            ]
        left = self._covering(start, split)
        return [*self._grown(first - (split - start), split, end, whole=False), left]

    def _covering(self, start: int, end: int) -> bytes:
        height = (end - start - 1).bit_length()
        return self._levels[height][start >> height]


def includes(root: bytes, size: int, *, leaf: bytes, index: int, path: Sequence[bytes]) -> bool:
    """Whether a path proves that a leaf stands at an index under a root (RFC 9162 §2.1.3.2)."""
    climbed = _climb(index, size - 1, path) if 0 <= index < size else None
    if climbed is None:
        return False
    for step, on_left in climbed:
        leaf = node_hash(step, leaf) if on_left else node_hash(leaf, step)
    return leaf == root


def extends(
    first_root: bytes, first: int, second_root: bytes, second: int, *, path: Sequence[bytes]
) -> bool:
    """Whether a path proves that one tree is the beginning of another (RFC 9162 §2.1.4.2)."""
    if first in {0, second}:
        before = first_root == (second_root if first else EMPTY_ROOT)
        return before and first <= second and not path
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not 0 < first < second or not steps:
        return False
    shared = (first & -first).bit_length() - 1  # the height of the last full subtree they share
    climbed = _climb((first - 1) >> shared, (second - 1) >> shared, steps[1:])
    if climbed is None:
        return False
    old = new = steps[0]
    for step, on_left in climbed:
        old = node_hash(step, old) if on_left else old
        new = node_hash(step, new) if on_left else node_hash(new, step)
    return old == first_root and new == second_root


def _climb(index: int, last: int, path: Sequence[bytes]) -> list[tuple[bytes, bool]] | None:
    """Return each step to the root and whether it stands left; `None` if the path does not fit."""
    climbed: list[tuple[bytes, bool]] = []
    for step in path:
        if last == 0:
            return None
        on_left = index & 1 == 1 or index == last
        while on_left and index and not index & 1:
            index, last = index >> 1, last >> 1
        climbed.append((step, on_left))
        index, last = index >> 1, last >> 1
    return climbed if last == 0 else None
