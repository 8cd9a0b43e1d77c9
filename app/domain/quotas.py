"""Quotas: how much of the service one address, caller or person may use (reliability §3 P19).

Every key has one instant, when all of its quota is back; each unit moves it on by the policy's
interval, and none is given while it is a full quota ahead (the generic cell rate algorithm).
Processes that share a quota count what they gave and tell each other, see `Meter.report`.
"""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from math import ceil
from typing import NamedTuple

SLOW_S = 60
NETWORK_BYTES = 8
MOST_OWED_S = 60
ROUNDING = 1e-9
GIVEN, REFUSED = True, False


@dataclass(frozen=True)
class Policy:
    """So many units at once, all of them back after `window_s` seconds; `name` is public."""

    name: str
    quota: int
    window_s: float

    @cached_property
    def interval_s(self) -> float:
        """In how many seconds one unit comes back."""
        return self.window_s / self.quota

    @cached_property
    def told(self) -> tuple[bytes, bytes]:
        """The policy as a header field (ratelimit-headers-11)."""
        told = f'"{self.name}";q={self.quota};w={ceil(self.window_s)}'
        return b"ratelimit-policy", told.encode()

    @cached_property
    def standing(self) -> bytes:
        """How the key of a request stands, as a header's text with two numbers to fill in."""
        return f'"{self.name}";r=%d;t=%d'.encode()

    @cached_property
    def grain_ms(self) -> int:
        """How finely its instants are stored: no finer than the policy needs."""
        return 1000 if self.window_s >= SLOW_S else 1


class Policies(NamedTuple):
    """Every quota of the service (reliability §3 P19)."""

    anonymous: Policy
    signed_in: Policy
    partner: Policy
    ballots: Policy
    mails_to_address: Policy
    mails_from_network: Policy


STRICT = Policies(
    anonymous=Policy("anonymous", 60, 3),
    signed_in=Policy("signed-in", 100, 1),
    partner=Policy("partner", 100, 1),
    ballots=Policy("ballots", 6, 60),
    mails_to_address=Policy("mails-to-address", 5, 3600),
    mails_from_network=Policy("mails-from-network", 20, 3600),
)
"""What production gives when nothing else is set."""

GENEROUS = STRICT._replace(
    anonymous=Policy("anonymous", 600_000, 60),
    signed_in=Policy("signed-in", 600_000, 60),
    partner=Policy("partner", 600_000, 60),
    ballots=Policy("ballots", 60_000, 60),
    mails_from_network=Policy("mails-from-network", 100_000, 3600),
)
"""What an evaluation gives, so that load tests from one address pass."""


class Standing(NamedTuple):
    """Whether a unit was given, how many are left, and in how many seconds: all, or the next."""

    policy: Policy
    given: bool
    remaining: int
    seconds: int

    def told(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """Return the header fields that tell a client (ratelimit-headers-11)."""
        policy = self.policy
        return policy.told, (b"ratelimit", policy.standing % (self.remaining, self.seconds))


class Use:
    """What a process knows of one key's use."""

    __slots__ = ("full_at", "given", "shared", "weighed_at")

    def __init__(self) -> None:
        self.full_at = 0.0  # when all of the quota is back
        self.weighed_at = 0.0  # the same, were this process alone entitled to its fair share
        self.given = 0  # units given since the last report
        self.shared = False  # whether other processes know of this use


class Meter:
    """One policy's use in one process.

    A process that is one of several notes in `busy` the keys that used more than half of its fair
    share; only these are worth telling the others about.
    """

    def __init__(self, policy: Policy, *, processes: int = 1, most_keys: int = 100_000) -> None:
        self.policy = policy
        self.busy: set[str] = set()
        self._uses: dict[str, Use] = {}
        self._most = most_keys
        self._processes = processes
        self.rely_on_shares(agreed=True)

    def rely_on_shares(self, *, agreed: bool) -> None:
        """Give the whole quota while processes agree, else only this process's fair share."""
        share = 1 if agreed else self._processes
        self._interval = self.policy.interval_s * share
        self._span = max(self.policy.window_s, self._interval)
        # Between two reports others may give a shared key as much as this process does.
        others = min(self._processes, max(1, self.policy.quota // 4))
        self._cautious = max(self._interval, self.policy.interval_s * others)

    def take(self, key: str, now: float) -> Standing:
        """Give one unit to a key, or say when the next can be given; `now` in seconds."""
        use = self._uses.get(key)
        if use is None:
            use = self._open(key, now)
        full_at = use.full_at
        step = self._cautious if use.shared else self._interval
        ahead = (full_at - now if full_at > now else 0.0) + step
        left = self._span - ahead
        if left < -ROUNDING:
            return Standing(self.policy, REFUSED, 0, ceil(-left))
        use.full_at = now + ahead
        if self._processes > 1:
            self._weigh(key, use, now)
        remaining = int(left / self._interval + ROUNDING)
        return Standing(self.policy, GIVEN, remaining, ceil(ahead - ROUNDING))

    def owe(self, key: str, now: float) -> Standing:
        """Take a unit for what was done already, on credit where none is left.

        Else whoever does much at once, before the first of it is known, pays for little of it.
        """
        standing = self.take(key, now)
        if not standing.given:
            use = self._uses[key]
            if use.full_at + self._interval <= now + MOST_OWED_S:
                use.full_at += self._interval
                if self._processes > 1:
                    self._weigh(key, use, now)
        return standing

    def find_refusal(self, key: str, now: float) -> Standing | None:
        """Return when a key gets its next unit, or `None` while it has any."""
        use = self._uses.get(key)
        if use is None:
            return None
        wait = use.full_at - now + self._interval - self._span
        return Standing(self.policy, REFUSED, 0, ceil(wait)) if wait > ROUNDING else None

    def _weigh(self, key: str, use: Use, now: float) -> None:
        use.given += 1
        weighed = max(use.weighed_at, now) + self.policy.interval_s * self._processes
        use.weighed_at = min(weighed, now + self.policy.window_s)
        if use.weighed_at - now > self.policy.window_s / 2:
            self.busy.add(key)

    def _open(self, key: str, now: float) -> Use:
        if len(self._uses) >= self._most:
            self._forget(now)
        use = self._uses[key] = Use()
        return use

    def _forget(self, now: float) -> None:
        """Forget keys whose quota is all back; of too many others, those met first."""
        self._uses = {key: use for key, use in self._uses.items() if use.full_at > now}
        if len(self._uses) > self._most * 9 // 10:
            kept = list(self._uses.items())[len(self._uses) // 2 :]
            self._uses = dict(kept)
        self.busy &= self._uses.keys()

    def report(self, now: float) -> dict[str, int]:
        """Return how many units to add for each busy key to what all processes know."""
        told: dict[str, int] = {}
        for key in self.busy:
            use = self._uses[key]
            owed = ceil(max(0.0, use.full_at - now) / self._interval)
            told[key] = use.given if use.shared else min(use.given, owed)
            use.given = 0
        return told

    def learn(self, told: dict[str, int], ahead_s: dict[str, float], now: float) -> None:
        """Take over what all processes together gave, units given meanwhile on top."""
        for key, ahead in ahead_s.items():
            use = self._uses.get(key)
            if use is None:
                continue
            use.full_at = now + max(0.0, ahead) + use.given * self._interval
            use.shared = True
            if not told[key] and not use.given and use.weighed_at <= now:
                use.shared = False
                self.busy.discard(key)

    def take_back(self, told: dict[str, int]) -> None:
        """Keep a report that did not get through for the next one."""
        for key, units in told.items():
            use = self._uses.get(key)
            if use is not None:
                use.given += units


class Addresses:
    """Names the network an address belongs to: an IPv4 address, or an IPv6 network of 64 bits."""

    def __init__(self, most: int = 10_000) -> None:
        self._known: dict[str, str] = {}
        self._most = most

    def network_of(self, host: str) -> str:
        """Return the network of a client address; what is no address stands for itself."""
        if ":" not in host:
            return host
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[host] = _network_of(host)
        return known


def _network_of(host: str) -> str:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped else address.packed[:NETWORK_BYTES].hex(":", 2) + "::/64"
