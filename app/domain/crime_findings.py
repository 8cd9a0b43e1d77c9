"""What recorded crime says of an area, kind by kind: months, rate, change, borough, or why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from app.domain.crime import (
    MINIMUM_BASE,
    Counts,
    Kind,
    Span,
    all_months,
    latest_year,
    series_of,
    total_of,
)
from app.domain.crime_months import MIN_MEDIAN, MIN_MONTHS, Unusual, find_unusual
from app.domain.crime_rates import (
    MIN_WARDS,
    PER,
    Denominator,
    Estimate,
    is_clear,
    percent_of,
    rate_of,
    ratio_of,
)
from app.domain.evidence import month_text

NO_MONTHS = "No recorded crime is loaded for this area."
NO_RESIDENTS = "No rate: the number of residents is not loaded."
YEAR_GAP = "No rate: not all of the latest 12 months are known."
CHANGE_GAP = "No comparison: not all of the latest 24 months are known."
BOROUGH_GAP = "No comparison: not all 12 months are known for the rest of the borough."
NO_MEASURE_RESIDENTS = "The number of residents is not loaded."
NO_MEASURE_YEAR = "Not all of the latest 12 months are known."
NO_MEASURE_WARDS = f"Fewer than {MIN_WARDS} wards have residents and all of the latest 12 months."
NO_MEASURE_BOROUGH = "Worked out for wards only."
UNJUDGED = (
    f"Months are not judged: that takes at least {MIN_MONTHS} known months with a median of "
    f"{MIN_MEDIAN} or more."
)


@dataclass(frozen=True, slots=True)
class Residents:
    """How many people live in an area, by the census of a day."""

    count: int
    census_on: date


@dataclass(frozen=True, slots=True)
class Scene:
    """All that an area's findings are made from; the note says if the others are not all known."""

    counts: Counts
    shown: Sequence[int]
    residents: Residents | None = None
    others: Counts | None = None
    others_residents: int | None = None
    others_note: str | None = None

    @property
    def year(self) -> Span | None:
        """The latest twelve months."""
        return latest_year(self.counts)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a kind; no count where the month is a gap."""

    month: str
    count: int | None
    unusual: Unusual | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two counts compared: a figure with its interval, or why there is none."""

    count: int | None
    base: int | None
    estimate: Estimate | None
    clear: bool | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one kind of crime in an area."""

    kind: Kind
    label: str
    months: tuple[Month, ...]
    months_note: str | None
    latest: int | None
    rate: Estimate | None
    rate_note: str | None
    change: Comparison
    borough: Comparison | None


def find_all(scene: Scene, kinds: Iterable[tuple[Kind, str]]) -> list[Finding]:
    """Return what is known of each kind; nothing where no month is known."""
    year = scene.year
    return [] if year is None else [_finding(scene, kind, label, year) for kind, label in kinds]


def _finding(scene: Scene, kind: Kind, label: str, year: Span) -> Finding:
    latest = total_of(scene.counts, kind, year)
    months, months_note = _months(scene, kind)
    rate, rate_note = _rate(latest, scene.residents)
    return Finding(
        kind=kind,
        label=label,
        months=months,
        months_note=months_note,
        latest=latest,
        rate=rate,
        rate_note=rate_note,
        change=_change(latest, total_of(scene.counts, kind, year.earlier())),
        borough=None if scene.others is None else _beside(scene, kind, latest, year),
    )


def _months(scene: Scene, kind: Kind) -> tuple[tuple[Month, ...], str | None]:
    """Return the months shown, each judged by the whole series."""
    whole = all_months(scene.counts)
    series = series_of(scene.counts, kind, whole)
    marks = find_unusual(series)
    judged = dict(zip(whole, zip(series, marks or [None] * len(whole), strict=True), strict=True))
    shown = tuple(
        Month(month_text(month), *judged.get(month, (None, None))) for month in scene.shown
    )
    return shown, UNJUDGED if marks is None else None


def _rate(latest: int | None, residents: Residents | None) -> tuple[Estimate | None, str | None]:
    if latest is None:
        return None, YEAR_GAP
    if residents is None:
        return None, NO_RESIDENTS
    rate = rate_of(latest, residents.count)
    too_few = f"Too few for a rate: {latest} in 12 months; at least {MINIMUM_BASE} are needed."
    return rate, None if rate else too_few


def _change(latest: int | None, before: int | None) -> Comparison:
    if latest is None or before is None:
        return Comparison(latest, before, None, None, CHANGE_GAP)
    ratio = ratio_of(latest, before)
    if ratio is None:
        return Comparison(latest, before, None, None, _too_few(before, "in the year before"))
    return Comparison(latest, before, percent_of(ratio), is_clear(ratio), None)


def _beside(scene: Scene, kind: Kind, latest: int | None, year: Span) -> Comparison:
    """Compare an area's rate with that of the rest of its borough, itself left out."""
    rest = total_of(scene.others or {}, kind, year)
    if latest is None or rest is None:
        return Comparison(latest, rest, None, None, scene.others_note or BOROUGH_GAP)
    if scene.residents is None or not scene.others_residents:
        return Comparison(latest, rest, None, None, NO_RESIDENTS)
    exposure = Fraction(scene.residents.count, scene.others_residents)
    ratio = ratio_of(latest, rest, exposure)
    if ratio is None:
        expected = round(float(rest * exposure), 1)
        note = _too_few(expected, "would be expected at the rate of the rest of the borough")
        return Comparison(latest, rest, None, None, note)
    return Comparison(latest, rest, ratio, is_clear(ratio), None)


def _too_few(base: float, where: str) -> str:
    return f"Too few to compare: {base:g} {where}; at least {MINIMUM_BASE} are needed."


def describe_residents(
    residents: Residents | None, denominator: Denominator | None
) -> tuple[str, str | None]:
    """Return what rates are per, in a sentence, and a warning where that is the wrong measure."""
    if residents is None:
        return NO_RESIDENTS, None
    said = (
        f"Rates are per {PER:,} of the {residents.count:,} usual residents on census day, "
        f"{residents.census_on.isoformat()}."
    )
    if denominator is None or not denominator.is_wrong:
        return said, None
    return said, (
        "Residents are the wrong measure here: "
        f"{denominator.per_resident:.2f} offences were recorded per resident in 12 months, beyond "
        f"the outer fence of {denominator.fence:.2f} over all wards. Many people come here who do "
        "not live here; the rate does not say how likely a resident is to be a victim, and must "
        "not be ranked among other wards."
    )
