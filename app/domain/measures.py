"""Measures from surveys: groups, the least base, what is hidden, and gaps between groups.

Nothing is told of fewer than 30 answers (reliability §6.8). Where exactly one group of a family, or
one ward of a borough, would be hidden, the smallest of the others is hidden too, since the rest
could be subtracted from the whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.intervals import Interval, newcombe, wilson

LEAST_BASE = 30
EVERYBODY = "all"
FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"women", "men"}),
    frozenset({"asian", "black", "mixed", "other-ethnic", "white"}),
    frozenset({"ethnic-minority", "white"}),
    frozenset({"lgbt", "not-lgbt"}),
    frozenset({"disabled", "not-disabled"}),
)
"""Groups that make up everybody together."""

Key = tuple[str, str]
"""Area and group."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of a base in one group at one time; `None` where it is hidden."""

    group: str
    period_on: date
    share: float | None
    base: int | None

    @property
    def interval(self) -> Interval | None:
        """The 95 % score interval (Wilson), as of a simple random sample."""
        if self.share is None or self.base is None:
            return None
        return wilson(self.share, self.base)


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a group lies from another, in share points; hidden where either is."""

    group: Figure
    against: Figure

    @property
    def gap(self) -> float | None:
        """The group's share minus the other's."""
        if self.group.share is None or self.against.share is None:
            return None
        return self.group.share - self.against.share

    @property
    def interval(self) -> Interval | None:
        """The gap's 95 % interval (Newcombe), the two groups taken as independent."""
        ours, theirs = self.group, self.against
        if ours.share is None or theirs.share is None or ours.base is None or theirs.base is None:
            return None
        return newcombe(ours.share, ours.base, theirs.share, theirs.base)


def hidden_figures(bases: Mapping[Key, int], borough_of: Mapping[str, str]) -> set[Key]:
    """Return which figures of one measure and period are hidden, by area and group.

    `borough_of` names the borough of each ward among the areas.
    """
    hidden = {key for key, base in bases.items() if base < LEAST_BASE}
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for together in _families(bases, borough_of):
            _hide_a_second(together, bases, hidden)
    return hidden


def _families(bases: Mapping[Key, int], borough_of: Mapping[str, str]) -> Iterable[list[Key]]:
    areas = sorted({area for area, _ in bases})
    for area in areas:
        for family in FAMILIES:
            yield sorted((area, group) for group in family if (area, group) in bases)
    wards: dict[Key, list[Key]] = {}
    for area, group in sorted(bases):
        if area in borough_of:
            wards.setdefault((borough_of[area], group), []).append((area, group))
    yield from wards.values()


def _hide_a_second(together: list[Key], bases: Mapping[Key, int], hidden: set[Key]) -> None:
    told = [key for key in together if key not in hidden]
    if len(together) - len(told) == 1 and told:
        hidden.add(min(told, key=lambda key: (bases[key], key)))
