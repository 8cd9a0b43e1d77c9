"""Numbers, days and lists as people write them in plain English."""

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, … 11th."""
    suffix = "th" if number % 100 in {11, 12, 13} else _SUFFIXES.get(number % 10, "th")
    return f"{number}{suffix}"


def day(moment: date) -> str:
    """Return a day as people write it: 3 November 2026."""
    return f"{moment.day} {moment:%B %Y}"


def day_of(moment: datetime) -> str:
    """Return the London day of an instant as people write it."""
    return day(moment.astimezone(LONDON).date())


def months(first: str, last: str) -> str:
    """Return a run of `YYYY-MM` months as people write it: July to September 2026."""
    start, end = (date.fromisoformat(f"{month}-01") for month in (first, last))
    if start == end:
        return f"{end:%B %Y}"
    opening = f"{start:%B}" if start.year == end.year else f"{start:%B %Y}"
    return f"{opening} to {end:%B %Y}"


def times(number: int) -> str:
    """Return once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def count(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural unless there is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], joined_by: str = "and") -> str:
    """Join names as English does, `none` when there are none; clear also where names hold "and"."""
    *most, last = list(names) or ["none"]
    comma = "," if any(" and " in name for name in (*most, last)) else ""
    return f"{', '.join(most)}{comma} {joined_by} {last}" if most else last


def ratio(value: Fraction) -> str:
    """Write an exact number, always with its denominator."""
    return f"{value.numerator}/{value.denominator}"


def mixed(value: Fraction) -> str:
    """Return an exact number as people write it: 2, 1/2, 11 1/4."""
    whole, rest = divmod(value.numerator, value.denominator)
    part = f"{rest}/{value.denominator}" if rest else ""
    return " ".join(filter(None, [str(whole) if whole or not rest else "", part]))


def points(value: Fraction) -> str:
    """Return points as people write them: 2 points, 1/2 point, 1 2/3 points."""
    return f"{mixed(value)} point{'s' if value > 1 or not value else ''}"


def sentence(text: str) -> str:
    """Return a clause as a sentence: its first letter large, a full stop behind it."""
    return f"{text[:1].upper()}{text[1:]}."
