"""Numbers, days and lists as people write them in plain English."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, … 11th."""
    suffix = "th" if number % 100 in {11, 12, 13} else _SUFFIXES.get(number % 10, "th")
    return f"{number}{suffix}"


def day(moment: date) -> str:
    """Return a day as people write it: 3 November 2026."""
    return f"{moment.day} {moment:%B %Y}"


def times(number: int) -> str:
    """Return once, twice, 3 times."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def count(number: int, noun: str) -> str:
    """Return a number and its noun, in the plural unless there is one."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Iterable[str]) -> str:
    """Join names as English does; `none` when there are none."""
    *most, last = list(names) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def ratio(value: Fraction) -> str:
    """Write an exact number, always with its denominator."""
    return f"{value.numerator}/{value.denominator}"


def points(value: Fraction) -> str:
    """Return points as people write them: 2 points, 1/2 point, 1 2/3 points."""
    whole, rest = divmod(value.numerator, value.denominator)
    part = f"{rest}/{value.denominator}" if rest else ""
    text = " ".join(filter(None, [str(whole) if whole or not rest else "", part]))
    return f"{text} point{'s' if value > 1 or not value else ''}"
