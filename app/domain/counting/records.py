"""The parts of a count as plain dictionaries, fractions as "numerator/denominator" strings."""

from fractions import Fraction

from app.domain.counting.audit import Comparison, Demand, NearTie
from app.domain.counting.certificates import Certificate
from app.domain.counting.counts import Step
from app.domain.counting.stability import Stability
from app.domain.counting.ties import TieBreak
from app.domain.counting.words import Words

Record = dict[str, object]


def ratio(value: Fraction) -> str:
    """Write an exact number, always with its denominator."""
    return f"{value.numerator}/{value.denominator}"


def step_record(step: Step, words: Words) -> Record:
    """Write a step with its rivals and its sentence."""
    return {
        "position": step.position,
        "stage": step.stage.value,
        "options": list(step.options),
        "supporters": ratio(step.supporters),
        "amount": ratio(step.amount),
        "tied": [list(group) for group in step.tied],
        "rivals": [
            {
                "options": list(rival.options),
                "amount": None if rival.amount is None else ratio(rival.amount),
                "ballots_to_swap": rival.ballots_to_swap,
            }
            for rival in step.rivals
        ],
        "sentence": words.step(step),
    }


def certificate_record(certificate: Certificate | None, words: Words) -> Record | None:
    """Write a certificate with every claim, or nothing if it was not checked."""
    if certificate is None:
        return None
    together = certificate.axiom == "pjr_plus"
    claims = [
        {
            "option": claim.option,
            "level": claim.level,
            "group": ratio(claim.group),
            "threshold": ratio(claim.threshold),
            "shortfall": ratio(claim.shortfall),
            "violated": claim.violated,
            "sentence": words.claim(claim, together=together),
        }
        for claim in certificate.claims
    ]
    return {"satisfied": certificate.satisfied, "claims": claims}


def comparison_record(comparison: Comparison, unrepresented: Fraction, words: Words) -> Record:
    """Write what plain approval would have chosen."""
    return {
        "approval": list(comparison.approval),
        "only_here": list(comparison.only_here),
        "only_by_approval": list(comparison.only_by_approval),
        "unrepresented_by_approval": ratio(comparison.unrepresented_by_approval),
        "sentence": words.comparison(comparison, unrepresented),
    }


def near_tie_record(near: NearTie, words: Words) -> Record:
    """Write a close choice."""
    return {
        "position": near.position,
        "options": list(near.options),
        "rivals": list(near.rivals),
        "ballots": near.ballots,
        "changes_chosen": near.changes_chosen,
        "sentence": words.near_tie(near),
    }


def demand_record(demand: Demand, words: Words) -> Record:
    """Write a standing demand."""
    return {
        "option": demand.option,
        "supporters": ratio(demand.supporters),
        "threshold": ratio(demand.threshold),
        "sentence": words.demand(demand),
    }


def stability_record(stability: Stability) -> Record:
    """Write how often each option was chosen in the resamples."""
    chosen_in = [{"option": option, "times": times} for option, times in stability.chosen_in]
    return {"resamples": stability.resamples, "chosen_in": chosen_in}


def tie_break_record(ties: TieBreak) -> Record:
    """Write the seed and the digests, so that anybody can draw the order again."""
    pairs = zip(ties.order, ties.digests, strict=True)
    order = [{"option": option, "sha256": digest} for option, digest in pairs]
    return {"seed": ties.seed.hex(), "order": order}
