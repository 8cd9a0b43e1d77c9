"""Who took part by group, to be read: the published figures with shares, ratios and intervals."""

from typing import Any, Literal
from uuid import UUID

from app.database import ReadSession
from app.domain.disclosure import FEWEST, STEP
from app.domain.raking import FEWEST_BALLOTS
from app.domain.representation import Comparison, GroupShare, compare
from app.errors import RepresentationNotPublishedError
from app.models.polls import Poll
from app.models.representation import PollEstimate, Representation
from app.operations.polls_queries import get_poll
from app.operations.raked_estimates import (
    FEW_TICKS,
    NO_DIMENSION,
    NOT_EXACT,
    TAKEN_BACK,
    TOO_FEW_BALLOTS,
)
from app.operations.representation import OTHER_WARDS
from app.schemas.participation import ProofOut
from app.schemas.representation import (
    AreaRepresentationOut,
    DimensionOut,
    EstimateOut,
    GroupOut,
    RepresentationOut,
)

_KINDS: dict[str | None, Literal["borough", "other_wards"]] = {
    None: "borough",
    OTHER_WARDS: "other_wards",
}
REASONS = {
    TOO_FEW_BALLOTS: f"Fewer than {FEWEST_BALLOTS} ballots: weights of so few would be noise.",
    NO_DIMENSION: "In no dimension may every group of this ward be told with enough answers, and "
    "weights are made of nothing else.",
    NOT_EXACT: "The official result is not told exactly, so nothing finer stands beside it.",
    FEW_TICKS: "Most ballots tick one option, so that weighted shares add up and tell each other.",
    TAKEN_BACK: "An earlier version made one in percents. It is not told: beside the official "
    "result it would tell within a few ballots what a group approved.",
}


async def get_representation(session: ReadSession, poll_id: UUID) -> RepresentationOut:
    """Return who took part in a poll, or raise `RepresentationNotPublishedError` until it is told.

    The poll's ward has figures of its own from 100 ballots on, else those of the wards it is with.
    """
    poll = await get_poll(session, None, poll_id)
    found = await session.get(Representation, poll.round_id)
    kept = await session.get(PollEstimate, poll_id)
    if found is None or kept is None:
        raise RepresentationNotPublishedError("published representation of poll", poll_id)
    rows = [row for row in found.figures if row["borough"] == poll.borough_code]
    ward = [row for row in rows if row["row"] is not None and poll.ward_code in row["wards"]]
    borough = [row for row in rows if row["row"] is None]
    return RepresentationOut(
        poll=poll.id,
        round=poll.round_id,
        ward=poll.ward_code,
        rounded_to=STEP,
        fewer_than=FEWEST,
        areas=[_area(ward), _area(borough)],
        estimate=_estimate(poll, kept.estimate),
        census_on=found.proof["census_on"],
        proof=ProofOut.model_validate(found.proof),
        published_at=found.published_at,
    )


def _area(rows: list[dict[str, Any]]) -> AreaRepresentationOut:
    first = rows[0]
    return AreaRepresentationOut(
        kind=_KINDS.get(first["row"], "ward"),
        borough=first["borough"],
        wards=first["wards"],
        dimensions=[
            _dimension(
                compare(
                    row["dimension"],
                    row["answered"],
                    {told["group"]: told["respondents"] for told in row["groups"]},
                    {told["group"]: told["reference"] for told in row["groups"]},
                )
            )
            for row in rows
        ],
    )


def _dimension(told: Comparison) -> DimensionOut:
    return DimensionOut(
        dimension=told.dimension,
        answered=told.answered,
        reason=told.reason,
        similarity=_round(told.similarity),
        groups=[_group(group) for group in told.groups],
    )


def _group(told: GroupShare) -> GroupOut:
    low, high = told.interval or (None, None)
    ratio_low, ratio_high = told.ratio_interval or (None, None)
    return GroupOut(
        group=told.group,
        respondents=told.respondents,
        share=_round(told.share),
        share_low=_round(low),
        share_high=_round(high),
        reference_share=_round(told.reference),
        ratio=_round(told.ratio),
        ratio_low=_round(ratio_low),
        ratio_high=_round(ratio_high),
    )


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _estimate(poll: Poll, kept: dict[str, Any]) -> EstimateOut:
    reason = kept["reason"]
    texts = {str(option.id): option.text for option in poll.options}
    options = sorted(kept.get("options", []), key=lambda told: (-told["official"], told["option"]))
    return EstimateOut.model_validate(
        {
            "reason": reason,
            "explanation": None if reason is None else REASONS[reason],
            "dimensions": kept.get("dimensions", []),
            "left_out": kept["left_out"],
            "options": [{**told, "text": texts[told["option"]]} for told in options],
            "effective_ballots": kept.get("effective"),
            **{k: kept.get(k) for k in ("converged", "trimmed")},
        }
    )
