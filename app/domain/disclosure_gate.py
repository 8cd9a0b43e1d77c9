"""The gate before any table of who voted: what is told may not bound what is not (reliability §6).

Primary suppression follows the ONS 10-5 rule: figures under 10, zero included, are hidden, all
others rounded to 5, totals on their own. Then the gate looks, for everything hidden, at the least
and the most it can be, given all that this table and earlier publications tell; while anything is
left fewer than 5 values, it hides one more figure. A hidden figure carries no reason: nobody can
see whether it is small or hides another.

The figures of one borough form a network: the borough's total flows to wards, to groups of levels
that were told together, to cells, to the borough's sum of each level, and back. The true table is
one flow in it, known figures bound its edges, and how far an edge can move without breaking a bound
is a greatest flow in the residual network; such bounds are exact, for whole numbers too.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.disclosure import COARSE, FEWEST, STEP, Disclosure, Figures, nearest_five

FEWEST_VALUES = 5
LOOK_NO_FURTHER = 50
UNBOUNDED = 1 << 40
TOP, BOTTOM = "top", "bottom"


class GateShutError(Exception):
    """What was told before already bounds a hidden figure too closely; nothing more is told."""


class Told(NamedTuple):
    """What was told earlier: a ward's ballots at these levels together are within these bounds."""

    levels: frozenset[int]
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class WardCounts:
    """A ward's exact ballots by level, and what was told of them before."""

    ward: str
    by_level: Mapping[int, int]
    told: Sequence[Told] = ()


class Figure(NamedTuple):
    """One figure of a borough's table; without a ward the borough's, without a level the total."""

    ward: str | None
    level: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """A borough's figures as they may be told; hidden ones are `None`.

    `narrowest` is the least number of values that anything hidden can still have, at most 50.
    """

    figures: Mapping[Figure, int | None]
    narrowest: int

    @property
    def hidden(self) -> int:
        """How many figures are not told."""
        return sum(told is None for told in self.figures.values())


def pass_gate(wards: Sequence[WardCounts], levels: Sequence[int]) -> Table:
    """Return what may be told of a borough's wards; raises `GateShutError` if nothing can be."""
    exact = _exact_figures(wards, levels)
    hidden = {figure for figure, count in exact.items() if count < FEWEST}
    hidden |= {
        Figure(ward.ward, level)
        for ward in wards
        for told in ward.told
        if 1 < len(told.levels) < len(levels)
        for level in told.levels
    }
    small = frozenset(figure for figure, count in exact.items() if count < FEWEST)
    while True:
        network = _Network(wards, exact, hidden)
        guarded = [f for f in hidden if f in small or None not in f]
        widths = {figure: network.width(figure) for figure in guarded}
        narrow = [figure for figure in guarded if widths[figure] < FEWEST_VALUES]
        if not narrow:
            break
        worst = min(narrow, key=lambda figure: (widths[figure], _order(figure)))
        hidden.add(_next_to_hide(worst, wards, exact, hidden))
    figures = {f: None if f in hidden else nearest_five(n) for f, n in exact.items()}
    return Table(figures, min(widths.values(), default=LOOK_NO_FURTHER))


def _exact_figures(wards: Sequence[WardCounts], levels: Sequence[int]) -> dict[Figure, int]:
    exact = {Figure(w.ward, level): w.by_level.get(level, 0) for w in wards for level in levels}
    exact |= {Figure(w.ward, None): sum(w.by_level.values()) for w in wards}
    for level in levels:
        exact[Figure(None, level)] = sum(w.by_level.get(level, 0) for w in wards)
    exact[Figure(None, None)] = sum(sum(w.by_level.values()) for w in wards)
    return exact


def _order(figure: Figure) -> tuple[str, int]:
    return figure.ward or "", -1 if figure.level is None else figure.level


def _next_to_hide(
    worst: Figure,
    wards: Sequence[WardCounts],
    exact: Mapping[Figure, int],
    hidden: Iterable[Figure],
) -> Figure:
    """Return what to hide for a figure that shows too well: the nearest and smallest that helps.

    A cell of its ward first, then of its level, then the borough's sum of its level, then any.
    """
    known = {
        Figure(ward.ward, level)
        for ward in wards
        for told in ward.told
        if len(told.levels) == 1
        for level in told.levels
    }
    shown = [figure for figure in exact if figure not in set(hidden)]
    cells = [f for f in shown if None not in f and f not in known]
    sums = [f for f in shown if None in f]
    for choice in (
        [f for f in cells if f.ward == worst.ward],
        [f for f in cells if f.level == worst.level],
        [f for f in sums if f == Figure(None, worst.level)],
        cells,
        [f for f in sums if f.level is not None],
        [f for f in sums if f.ward is not None],
        sums,
    ):
        if choice:
            return min(choice, key=lambda figure: (exact[figure], _order(figure)))
    raise GateShutError("Everything is hidden, and something still shows.")


@dataclass(slots=True)
class _Arcs:
    """A residual network: arc `i` and its reverse `i ^ 1`, and how much each can take."""

    heads: list[str] = field(default_factory=list)
    room: list[int] = field(default_factory=list)
    leaving: dict[str, list[int]] = field(default_factory=dict)

    def join(self, tail: str, head: str, room: int, reverse_room: int) -> int:
        """Add an arc and its reverse; return the arc."""
        arc = len(self.heads)
        self.heads += [head, tail]
        self.room += [room, reverse_room]
        self.leaving.setdefault(tail, []).append(arc)
        self.leaving.setdefault(head, []).append(arc + 1)
        return arc

    def greatest_flow(self, source: str, sink: str, *, without: int, enough: int) -> int:
        """Return how much can flow without one arc and its reverse, looking no further than enough.

        Shortest ways first, each as wide as it is.
        """
        room, flowed = self.room.copy(), 0
        room[without] = room[without ^ 1] = 0
        while flowed < enough:
            way = self._find_way(source, sink, room)
            if way is None:
                break
            wide = min(enough - flowed, *(room[arc] for arc in way))
            for arc in way:
                room[arc] -= wide
                room[arc ^ 1] += wide
            flowed += wide
        return flowed

    def _find_way(self, source: str, sink: str, room: Sequence[int]) -> list[int] | None:
        came: dict[str, int] = {source: -1}
        line = deque([source])
        while line and sink not in came:
            node = line.popleft()
            for arc in self.leaving[node]:
                head = self.heads[arc]
                if room[arc] > 0 and head not in came:
                    came[head] = arc
                    line.append(head)
        if sink not in came:
            return None
        way, node = [], sink
        while (arc := came[node]) >= 0:
            way.append(arc)
            node = self.heads[arc ^ 1]
        return way


class _Network:
    """Everything known of one borough, as bounds on a flow of which the true table is one."""

    def __init__(
        self, wards: Sequence[WardCounts], exact: Mapping[Figure, int], hidden: set[Figure]
    ) -> None:
        self._exact, self._hidden = exact, hidden
        self._arcs = _Arcs()
        self._arc_of: dict[Figure, int] = {}
        for ward in wards:
            self._join_ward(ward)
        for figure in exact:
            if figure.ward is None:
                ends = (BOTTOM, TOP) if figure.level is None else (f"level {figure.level}", BOTTOM)
                self._join(figure, *ends, ())

    def _join_ward(self, ward: WardCounts) -> None:
        node, levels = f"ward {ward.ward}", frozenset(ward.by_level)
        whole = [told for told in ward.told if told.levels == levels]
        self._join(Figure(ward.ward, None), TOP, node, whole)
        above = dict.fromkeys(levels, node)
        for told in ward.told:
            if 1 < len(told.levels) < len(levels):
                group = f"{node} {sorted(told.levels)}"
                held = sum(ward.by_level[level] for level in told.levels)
                self._arcs.join(node, group, told.most - held, held - told.least)
                above |= dict.fromkeys(told.levels, group)
        for level in sorted(levels):
            alone = [told for told in ward.told if told.levels == {level} != levels]
            self._join(Figure(ward.ward, level), above[level], f"level {level}", alone)

    def _join(self, figure: Figure, tail: str, head: str, told: Iterable[Told]) -> None:
        count = self._exact[figure]
        bounds = [(t.least, t.most) for t in told] + [self._shown(figure)]
        least, most = max(low for low, _ in bounds), min(high for _, high in bounds)
        if not least <= count <= most:
            raise GateShutError("What was told before does not fit the counts.")
        self._arc_of[figure] = self._arcs.join(tail, head, most - count, count - least)

    def _shown(self, figure: Figure) -> tuple[int, int]:
        if figure in self._hidden:
            return 0, UNBOUNDED
        near = nearest_five(self._exact[figure])
        return max(near - STEP // 2, FEWEST), near + STEP // 2

    def width(self, figure: Figure) -> int:
        """Return how many values a figure can have, looking no further than 50."""
        arc = self._arc_of[figure]
        tail, head = self._arcs.heads[arc ^ 1], self._arcs.heads[arc]
        up = min(self._arcs.room[arc], LOOK_NO_FURTHER - 1)
        up = self._arcs.greatest_flow(head, tail, without=arc, enough=up)
        down = min(self._arcs.room[arc ^ 1], LOOK_NO_FURTHER - 1 - up)
        return 1 + up + self._arcs.greatest_flow(tail, head, without=arc, enough=down)


def told_by_result(figures: Figures, levels: Sequence[int], *, turnout: int) -> list[Told]:
    """Return what a poll's published result, and its turnout in tens, tell of its ballots."""
    every = frozenset(levels)
    told = [Told(every, turnout, turnout + COARSE - 1)]
    if figures.ballots is None:
        return [*told, Told(every, 0, FEWEST - 1)]
    reach = STEP // 2 if figures.disclosure is Disclosure.ROUNDED else 0
    groups = [(every, figures.ballots)]
    groups += [(frozenset(group.levels), group.ballots) for group in figures.by_level]
    told += [Told(held, max(near - reach, FEWEST), near + reach) for held, near in groups]
    return told
