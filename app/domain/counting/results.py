"""The whole answer of a poll: the count, its proofs and its doubts, ready to be frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting import audit, certificates
from app.domain.counting.counts import Count, require_seats
from app.domain.counting.profiles import Profile
from app.domain.counting.records import (
    Record,
    certificate_record,
    comparison_record,
    demand_record,
    near_tie_record,
    ratio,
    stability_record,
    step_record,
    tie_break_record,
)
from app.domain.counting.rules import DEFAULT_RULE, get_rule
from app.domain.counting.stability import DEFAULT_RESAMPLES, Stability, get_stability
from app.domain.counting.ties import TieBreak
from app.domain.counting.words import Words, unrepresented_sentence

METHOD = "ward-priorities-counting/1"
"""Names these rules exactly; a change that may alter any stored record takes the next number."""


@dataclass(frozen=True, slots=True)
class PollCount:
    """A poll counted once; equal inputs give equal values, on every machine."""

    profile: Profile
    ties: TieBreak
    count: Count
    ejr_plus: certificates.Certificate
    pjr_plus: certificates.Certificate | None
    comparison: audit.Comparison
    unrepresented: Fraction
    near_tie_limit: int
    near_ties: tuple[audit.NearTie, ...]
    standing_demand: tuple[audit.Demand, ...]
    stability: Stability

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The options that nobody ticked, in manifest order; they are never chosen."""
        return tuple(option for option in self.profile.options if option not in self.count.ranking)

    def to_json(self, labels: Mapping[str, str] | None = None) -> Record:
        """Return the record to store and to publish: strings, integers, booleans and null.

        `labels` are the names of the options in sentences; an option without one goes by its id.
        """
        words = Words(labels or {}, self.count.seats)
        return {
            "method": METHOD,
            "rule": self.count.rule,
            "seats": self.count.seats,
            "options": list(self.profile.options),
            "voters": ratio(self.profile.voters),
            "abstentions": ratio(self.profile.abstentions),
            "chosen": list(self.count.chosen),
            "reserves": list(self.count.reserves),
            "unsupported": list(self.unsupported),
            "tie_break": tie_break_record(self.ties),
            "trace": [step_record(step, words) for step in self.count.trace],
            **self._proofs(words),
            **self._doubts(words),
        }

    def _proofs(self, words: Words) -> Record:
        return {
            "certificates": {
                "ejr_plus": certificate_record(self.ejr_plus, words),
                "pjr_plus": certificate_record(self.pjr_plus, words),
            },
            "comparison": comparison_record(self.comparison, self.unrepresented, words),
            "unrepresented": {
                "share": ratio(self.unrepresented),
                "sentence": unrepresented_sentence(self.unrepresented),
            },
        }

    def _doubts(self, words: Words) -> Record:
        return {
            "near_ties": {
                "limit": self.near_tie_limit,
                "items": [near_tie_record(near, words) for near in self.near_ties],
            },
            "standing_demand": [demand_record(demand, words) for demand in self.standing_demand],
            "stability": stability_record(self.stability),
        }


def count_poll(
    profile: Profile,
    seats: int,
    rule: str = DEFAULT_RULE,
    *,
    seed: bytes,
    resamples: int = DEFAULT_RESAMPLES,
) -> PollCount:
    """Count a poll by a frozen rule and tie-break seed, and examine the result.

    `seed` is what `tie_break_seed` returns. Raises a `CountingError` for an unknown rule, an
    impossible number of places or a malformed seed.
    """
    require_seats(profile, seats)
    counting = get_rule(rule)
    ties = TieBreak.draw(profile.options, seed)
    count = counting.count(profile, seats, ties)
    chosen = count.chosen
    return PollCount(
        profile=profile,
        ties=ties,
        count=count,
        ejr_plus=certificates.certify_ejr_plus(profile, chosen, seats),
        pjr_plus=certificates.certify_pjr_plus(profile, chosen, seats),
        comparison=audit.compare_with_approval(profile, count, ties),
        unrepresented=audit.unrepresented_share(profile, chosen),
        near_tie_limit=audit.near_tie_limit(profile),
        near_ties=audit.find_near_ties(profile, count),
        standing_demand=audit.list_standing_demand(profile, chosen, seats),
        stability=get_stability(profile, seats, counting, ties=ties, resamples=resamples),
    )
