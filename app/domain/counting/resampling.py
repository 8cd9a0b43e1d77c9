"""Bootstrap resamples of a profile by exact coin flips that anybody can repeat.

The coins are the SHAKE-256 stream of a seed, so the resamples are the same on every machine and
in every language; no floating-point number and no library's generator takes part.
"""

from dataclasses import replace
from hashlib import shake_256
from itertools import accumulate

from app.domain.counting.profiles import Profile

CHUNK_BYTES = 8192


class Coins:
    """An endless row of fair coins drawn from SHAKE-256(seed || counter)."""

    __slots__ = ("_buffer", "_chunk", "_offset", "_seed")

    def __init__(self, seed: bytes) -> None:
        """Start at the first coin of the seed."""
        self._seed = seed
        self._chunk = 0
        self._offset = 0
        self._buffer = b""

    def heads(self, flips: int) -> int:
        """Flip so many coins and count the heads."""
        size = (flips + 7) >> 3
        end = self._offset + size
        if end > len(self._buffer):
            self._refill(size)
            end = size
        drawn = int.from_bytes(self._buffer[self._offset : end], "little")
        self._offset = end
        return (drawn >> ((size << 3) - flips)).bit_count()

    def successes(self, trials: int, chance: int, out_of: int) -> int:
        """Draw from the binomial law with the exact probability chance/out_of.

        Every trial compares a random binary fraction with the probability, bit by bit; half of
        the undecided trials are settled by each further coin.
        """
        won = 0
        while trials and chance:
            chance <<= 1
            heads = self.heads(trials)
            if chance >= out_of:
                chance -= out_of
                won += heads
                trials -= heads
            else:
                trials = heads
        return won

    def _refill(self, size: int) -> None:
        block = shake_256(self._seed + self._chunk.to_bytes(8, "big"))
        self._buffer = block.digest(max(size, CHUNK_BYTES))
        self._chunk += 1
        self._offset = 0


class Resampler:
    """A profile's voters, ready to be drawn again and again with replacement."""

    __slots__ = ("_coins", "_ends", "_order", "_profile")

    def __init__(self, profile: Profile, coins: Coins) -> None:
        """Line the ballots up by weight, the heaviest first, equal ones by their mask."""
        weights = profile.weights
        self._profile = profile
        self._coins = coins
        self._order = sorted(range(len(weights)), key=lambda ballot: -weights[ballot])
        self._ends = (0, *accumulate(weights[ballot] for ballot in self._order))

    def draw(self) -> Profile:
        """Draw as many voters as there were, each ballot with a chance equal to its weight's share.

        A stretch of ballots is halved and its voters parted by a binomial draw, down to one ballot.
        """
        drawn = [0] * len(self._order)
        pending = [(0, len(drawn), self._profile.total // self._profile.scale)]
        while pending:
            first, last, voters = pending.pop()
            if last - first == 1:
                drawn[self._order[first]] += voters
            elif voters:
                middle = (first + last) >> 1
                left = self._part(first, middle, last, voters=voters)
                pending += ((first, middle, left), (middle, last, voters - left))
        return replace(self._profile, weights=tuple(drawn), scale=1, abstaining=0)

    def _part(self, first: int, middle: int, last: int, *, voters: int) -> int:
        ends = self._ends
        chance, out_of = ends[middle] - ends[first], ends[last] - ends[first]
        return self._coins.successes(voters, chance, out_of)
