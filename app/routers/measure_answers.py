"""Measures in the shapes that cross the wire, and as rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.measures import LEAST_BASE, Gap
from app.domain.pooling import FEWEST_WARDS
from app.models.measures import MeasureValue
from app.models.sources import SourceCopy
from app.operations.measures import BoroughEstimates, WardEstimate, figure_of
from app.schemas.measures import (
    GapOut,
    GapsOut,
    MeasureValueOut,
    ValueSourceOut,
    WardEstimateOut,
    WardEstimatesOut,
)

VALUE_HEADER = (
    "date",
    "area",
    "measure",
    "group",
    "proportion",
    "n",
    "low",
    "high",
    "hidden",
    "source",
    "licence",
    "sha256",
)
NO_FIGURE = "No figure of this ward is known for this period."
HIDDEN = f"Fewer than {LEAST_BASE} answered, or the figure would tell such a ward's."
TOO_FEW_WARDS = f"Fewer than {FEWEST_WARDS} wards have a figure that may be told."


def value_out(value: MeasureValue, copies: Mapping[str, SourceCopy]) -> MeasureValueOut:
    """Return a value as it may be told, with where it comes from."""
    told, copy = figure_of(value), copies[str(value.copy_id)]
    low, high = told.interval or (None, None)
    source = {
        "name": copy.source,
        "url": copy.url,
        "licence": copy.licence,
        "retrieved_at": copy.retrieved_at,
        "sha256": copy.sha256,
    }
    return MeasureValueOut(
        measure=value.measure_code,
        area=value.area_code,
        period_on=value.period_on,
        group=value.group_code,
        proportion=told.share,
        base=told.base,
        low=_round(low),
        high=_round(high),
        hidden=value.hidden,
        source=ValueSourceOut.model_validate(source),
    )


def value_row(item: MeasureValueOut) -> Sequence[Any]:
    """Return a value as a row of the file that the importer reads, with more beside it."""
    figures = (item.proportion, item.base, item.low, item.high, item.hidden)
    source = (item.source.url, item.source.licence, item.source.sha256)
    return (item.period_on, item.area, item.measure, item.group, *figures, *source)


def gaps_out(measure: str, area: str, against: str, gaps: Sequence[Gap]) -> GapsOut:
    """Return gaps in the shape that crosses the wire."""
    items = [_gap(gap) for gap in gaps]
    return GapsOut(
        measure=measure, area=area, against=against, minimum_base=LEAST_BASE, items=items
    )


def _gap(told: Gap) -> GapOut:
    low, high = told.interval or (None, None)
    return GapOut(
        period_on=told.group.period_on,
        group=told.group.group,
        proportion=told.group.share,
        base=told.group.base,
        against_proportion=told.against.share,
        against_base=told.against.base,
        gap=_round(told.gap),
        low=_round(low),
        high=_round(high),
        hidden=told.gap is None,
    )


def estimates_out(measure: str, group: str, found: BoroughEstimates) -> WardEstimatesOut:
    """Return a borough's estimates in the shape that crosses the wire."""
    return WardEstimatesOut(
        measure=measure,
        borough=found.borough,
        group=group,
        period_on=found.period_on,
        minimum_base=LEAST_BASE,
        mean=_round(found.prior.mean if found.prior else None),
        worth=_round(found.prior.worth if found.prior else None),
        reason=None if found.prior else TOO_FEW_WARDS,
        wards=[_ward(ward) for ward in found.wards],
    )


def _ward(told: WardEstimate) -> WardEstimateOut:
    own, pooled = told.own, told.pooled
    low, high = (own.interval if own else None) or (None, None)
    estimate_low, estimate_high = pooled.interval if pooled else (None, None)
    reason = HIDDEN if own and own.share is None else None
    return WardEstimateOut(
        ward=told.ward,
        name=told.name,
        proportion=own.share if own else None,
        base=own.base if own else None,
        low=_round(low),
        high=_round(high),
        reason=NO_FIGURE if own is None else reason,
        estimate=_round(pooled.share if pooled else None),
        estimate_low=_round(estimate_low),
        estimate_high=_round(estimate_high),
        own_weight=_round(pooled.weight if pooled else None),
    )


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
