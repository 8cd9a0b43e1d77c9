"""The registry of counting rules, by the name that a poll's manifest freezes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.domain.counting.approval import choose_approval, count_approval
from app.domain.counting.counts import Count
from app.domain.counting.equal_shares import choose_equal_shares, count_equal_shares
from app.domain.counting.errors import UnknownRuleError
from app.domain.counting.pav import choose_pav, count_pav, pav_extra_work
from app.domain.counting.phragmen import choose_phragmen, count_phragmen
from app.domain.counting.profiles import Profile
from app.domain.counting.ties import TieBreak

DEFAULT_RULE = "phragmen"


@dataclass(frozen=True, slots=True)
class Rule:
    """A counting rule: `count` explains itself, `choose` only returns option indexes."""

    name: str
    count: Callable[[Profile, int, TieBreak], Count]
    choose: Callable[[Profile, int, TieBreak], frozenset[int]]
    extra_work: Callable[[Profile, int], int]
    """What `choose` costs beyond one pass over the distinct ballots, in distinct ballots."""


def _no_extra_work(_profile: Profile, _seats: int) -> int:
    return 0


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("phragmen", count_phragmen, choose_phragmen, _no_extra_work),
            Rule("equal_shares", count_equal_shares, choose_equal_shares, _no_extra_work),
            Rule("pav", count_pav, choose_pav, pav_extra_work),
            Rule("approval", count_approval, choose_approval, _no_extra_work),
        )
    }
)


def get_rule(name: str) -> Rule:
    """Return a rule by name; a stranger is refused."""
    try:
        return RULES[name]
    except (KeyError, TypeError):
        raise UnknownRuleError(name) from None
