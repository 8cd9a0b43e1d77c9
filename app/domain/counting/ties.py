"""The tie-break: an order of the options that nobody could choose and anybody can check."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from app.domain.counting.errors import InvalidSeedError

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class TieBreak:
    """The options in ascending order of SHA-256(seed || option id); the earlier one wins a tie."""

    seed: bytes
    order: tuple[str, ...]
    digests: tuple[str, ...]
    places: tuple[int, ...]

    @classmethod
    def draw(cls, options: tuple[str, ...], seed: bytes) -> Self:
        """Order the options by the digest of the 32-byte seed followed by the id in UTF-8."""
        _require_32_bytes(seed, "A tie-break seed")
        digest = {option: sha256(seed + option.encode()).hexdigest() for option in options}
        order = tuple(sorted(options, key=digest.__getitem__))
        place = {option: rank for rank, option in enumerate(order)}
        return cls(
            seed=seed,
            order=order,
            digests=tuple(digest[option] for option in order),
            places=tuple(place[option] for option in options),
        )

    def first(self, tied: Iterable[int]) -> int:
        """Return the option index that wins among tied ones."""
        return min(tied, key=self.places.__getitem__)

    def sort(self, tied: Iterable[int]) -> list[int]:
        """Return tied option indexes, the winner first."""
        return sorted(tied, key=self.places.__getitem__)


def tie_break_seed(manifest_hash: bytes, closing_commitment: bytes) -> bytes:
    """Return SHA-256(manifest hash || closing commitment), known to nobody before the close."""
    _require_32_bytes(manifest_hash, "A manifest hash")
    _require_32_bytes(closing_commitment, "A closing commitment")
    return sha256(manifest_hash + closing_commitment).digest()


def _require_32_bytes(value: bytes, name: str) -> None:
    if not isinstance(value, bytes) or len(value) != SEED_BYTES:
        message = f"{name} is {SEED_BYTES} bytes."
        raise InvalidSeedError(message)
