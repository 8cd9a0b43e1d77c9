"""Runs of whole days: joined, cut, shared by several, and the gaps between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """The days `[starts_on, ends_on)`; `date.max` as the end means until further notice."""

    starts_on: date
    ends_on: date

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.ends_on - self.starts_on).days

    def contains(self, day: date) -> bool:
        """Whether a day is in the span."""
        return self.starts_on <= day < self.ends_on


def span_of(starts_on: date, ends_on: date | None) -> DaySpan:
    """Return the span of two dates as rows keep them, where no end means until further notice."""
    return DaySpan(starts_on, date.max if ends_on is None else ends_on)


def cut(span: DaySpan, to: DaySpan) -> DaySpan | None:
    """Return the days of a span that lie in another, or `None` when it has none there."""
    starts_on, ends_on = max(span.starts_on, to.starts_on), min(span.ends_on, to.ends_on)
    return DaySpan(starts_on, ends_on) if starts_on < ends_on else None


def join(spans: Iterable[DaySpan]) -> tuple[DaySpan, ...]:
    """Return the days that are in at least one span, as separate spans in order."""
    joined: list[DaySpan] = []
    for span in sorted(span for span in spans if span.starts_on < span.ends_on):
        if joined and span.starts_on <= joined[-1].ends_on:
            last = joined.pop()
            joined.append(DaySpan(last.starts_on, max(last.ends_on, span.ends_on)))
        else:
            joined.append(span)
    return tuple(joined)


def share(first: Iterable[DaySpan], second: Iterable[DaySpan]) -> tuple[DaySpan, ...]:
    """Return the days that are in a span of both, as separate spans in order."""
    others = list(second)
    found = (cut(span, other) for span in first for other in others)
    return join(span for span in found if span is not None)


def gaps_between(spans: Iterable[DaySpan], within: DaySpan) -> tuple[DaySpan, ...]:
    """Return the days of `within` that are in none of the spans, as separate spans in order."""
    gaps: list[DaySpan] = []
    begin = within.starts_on
    for span in join(spans):
        if gap := cut(DaySpan(begin, max(begin, span.starts_on)), within):
            gaps.append(gap)
        begin = max(begin, span.ends_on)
    if last := cut(DaySpan(begin, max(begin, within.ends_on)), within):
        gaps.append(last)
    return tuple(gaps)


def cut_all(spans: Iterable[DaySpan], to: DaySpan) -> tuple[DaySpan, ...]:
    """Return the days of the spans that lie in `to`."""
    return tuple(kept for span in spans if (kept := cut(span, to)) is not None)


def state_since(spans: Sequence[DaySpan], day: date) -> tuple[bool, date | None]:
    """Return whether a day is in the joined spans, and since when that has been so.

    `None` as the second means that it has never been otherwise.
    """
    for span in spans:
        if span.contains(day):
            return True, span.starts_on
    past = [span.ends_on for span in spans if span.ends_on <= day]
    return False, max(past, default=None)
