"""Kinds of evidence, what a finding must say to be comparable, and how recorded crime has moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.errors import IncoherentEvidenceError, Mistake

QUARTER_MONTHS = 3
YEAR_MONTHS = 12
LONDON_AHEAD_OF_UTC = timedelta(hours=1)
"""London's date is at most this far ahead of the UTC date."""


class EvidenceKind(StrEnum):
    """Who or what a finding comes from."""

    PANEL_SUBMISSION = "panel_submission"
    PARTNER_SUBMISSION = "partner_submission"
    SURVEY = "survey"
    CRIME_SERIES = "crime_series"
    RESIDENT_REPORT = "resident_report"
    DOCUMENT = "document"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MonthlyCount:
    """How many of something bearing on a concern were counted in one month (`YYYY-MM`)."""

    month: str
    concern: str
    count: int


@dataclass(frozen=True, slots=True)
class CrimeTrend:
    """Recorded crime of the latest three months beside those before, and those a year before.

    A comparison whose months the series does not cover is `None`. The source names the counts it
    was read from; `None` for a series that somebody submitted.
    """

    first_month: str
    last_month: str
    recent: int
    before: int | None
    year_before: int | None
    source: str | None = None

    @property
    def baseline(self) -> int | None:
        """The fairest comparison: a year before, for the season, else the quarter before."""
        return self.before if self.year_before is None else self.year_before

    @property
    def rise(self) -> int:
        """How many more than the baseline, negative for a fall; 0 with nothing to compare."""
        return 0 if self.baseline is None else self.recent - self.baseline


def month_number(month: str) -> int:
    """Return months since year 0 of a `YYYY-MM`, so that months can be subtracted."""
    year, _, place = month.partition("-")
    return int(year) * YEAR_MONTHS + int(place) - 1


def month_text(number: int) -> str:
    """Return the `YYYY-MM` of a month number."""
    year, place = divmod(number, YEAR_MONTHS)
    return f"{year:04}-{place + 1:02}"


def require_coherent(
    kind: EvidenceKind,
    period: tuple[date, date],
    series: Sequence[MonthlyCount] | None,
    *,
    retrieved_at: datetime,
    now: datetime,
) -> None:
    """Raise `IncoherentEvidenceError`, naming every mistake, unless dates and figures fit."""
    mistakes = [*_date_mistakes(period, retrieved_at, now), *_series_mistakes(period, series or ())]
    if kind is EvidenceKind.CRIME_SERIES and not series:
        mistakes.append(Mistake("/series", "A crime series needs its monthly counts."))
    if mistakes:
        raise IncoherentEvidenceError("The evidence contradicts itself.", mistakes=mistakes)


def _date_mistakes(
    period: tuple[date, date], retrieved_at: datetime, now: datetime
) -> Iterable[Mistake]:
    first, last = period
    if last < first:
        yield Mistake("/period_to", "The period ends before it begins.")
    if retrieved_at > now + timedelta(minutes=5):
        yield Mistake("/source/retrieved_at", "Nothing can be retrieved in the future.")
    if last > (retrieved_at + LONDON_AHEAD_OF_UTC).date():
        yield Mistake("/period_to", "The period ends after the day the source was retrieved.")


def _series_mistakes(
    period: tuple[date, date], series: Sequence[MonthlyCount]
) -> Iterable[Mistake]:
    first, last = (day.year * YEAR_MONTHS + day.month - 1 for day in period)
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(series):
        if not first <= month_number(row.month) <= last:
            yield Mistake(f"/series/{place}/month", f"{row.month} lies outside the period.")
        if (row.month, row.concern) in seen:
            message = f"{row.concern} has two counts for {row.month}."
            yield Mistake(f"/series/{place}", message)
        seen.add((row.month, row.concern))


def find_trends(series: Iterable[MonthlyCount]) -> dict[str, CrimeTrend]:
    """Return how each concern of one series moved; a covered month without a row counts as none.

    A month is covered when the series has any count for it. A concern is left out when the latest
    three months are not all covered.
    """
    counts: dict[tuple[str, int], int] = {}
    for row in series:
        counts[row.concern, month_number(row.month)] = row.count
    covered = {month for _, month in counts}
    if not covered:
        return {}
    latest = max(covered)

    def total(concern: str, last: int) -> int | None:
        months = range(last - QUARTER_MONTHS + 1, last + 1)
        if not covered.issuperset(months):
            return None
        return sum(counts.get((concern, month), 0) for month in months)

    trends: dict[str, CrimeTrend] = {}
    for concern in sorted({concern for concern, _ in counts}):
        recent = total(concern, latest)
        if recent is not None:
            trends[concern] = CrimeTrend(
                first_month=month_text(latest - QUARTER_MONTHS + 1),
                last_month=month_text(latest),
                recent=recent,
                before=total(concern, latest - QUARTER_MONTHS),
                year_before=total(concern, latest - YEAR_MONTHS),
            )
    return trends
