"""The counting rules: exact, explained, and the same answer on every machine."""

from app.domain.counting.audit import list_standing_demand, unrepresented_share
from app.domain.counting.certificates import certify_ejr_plus, certify_pjr_plus
from app.domain.counting.counts import Count, Rival, Stage, Step
from app.domain.counting.errors import (
    CountingError,
    InvalidBallotError,
    InvalidOptionsError,
    InvalidResamplesError,
    InvalidSeatsError,
    InvalidSeedError,
    InvalidWeightError,
    TooManyCommitteesError,
    UnknownOptionError,
    UnknownRuleError,
)
from app.domain.counting.pav import count_sequential_pav
from app.domain.counting.profiles import Profile
from app.domain.counting.results import METHOD, PollCount, count_poll
from app.domain.counting.rules import DEFAULT_RULE, RULES, Rule, get_rule
from app.domain.counting.ties import TieBreak, tie_break_seed

__all__ = [
    "DEFAULT_RULE",
    "METHOD",
    "RULES",
    "Count",
    "CountingError",
    "InvalidBallotError",
    "InvalidOptionsError",
    "InvalidResamplesError",
    "InvalidSeatsError",
    "InvalidSeedError",
    "InvalidWeightError",
    "PollCount",
    "Profile",
    "Rival",
    "Rule",
    "Stage",
    "Step",
    "TieBreak",
    "TooManyCommitteesError",
    "UnknownOptionError",
    "UnknownRuleError",
    "certify_ejr_plus",
    "certify_pjr_plus",
    "count_poll",
    "count_sequential_pav",
    "get_rule",
    "list_standing_demand",
    "tie_break_seed",
    "unrepresented_share",
]
