"""Who took part beside who lives there: groups, rows of a table, and what may be said of each.

Answers are as coarse as the Census 2021 figures they are compared with. A ward has a row of its own
from 100 ballots on; smaller wards of a borough share one (reliability §6.3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.intervals import Interval, total_variation_similarity, wilson

FEWEST_IN_A_WARD = 100
FEWEST_ANSWERS = 30
PREFER_NOT = "prefer-not-to-say"
_PREFER_NOT_BYTE = 255


class Dimension(StrEnum):
    """What residents may say of themselves."""

    AGE = "age"
    SEX = "sex"
    ETHNICITY = "ethnicity"
    DISABILITY = "disability"


CATEGORIES: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.AGE: ("16-24", "25-44", "45-64", "65-and-over"),
    Dimension.SEX: ("female", "male"),
    Dimension.ETHNICITY: ("asian", "black", "mixed", "other", "white"),
    Dimension.DISABILITY: ("disabled", "not-disabled"),
}
"""The answers of each dimension; their order is how they are stored, so new ones come last."""

Answers = Mapping[Dimension, str | None]


@dataclass(frozen=True, slots=True)
class Group:
    """A group that is counted: the answers in it, and the census categories it stands beside."""

    name: str
    answers: frozenset[str]
    census: tuple[str, ...]


def _same(*names: str) -> tuple[Group, ...]:
    return tuple(Group(name, frozenset({name}), (name,)) for name in names)


_OLDER = Group("65-and-over", frozenset({"65-and-over"}), ("65-84", "85-and-over"))
_WORKING = Group("16-64", frozenset({"16-24", "25-44", "45-64"}), ("16-64",))
_FINE_AGES = _same("16-24", "25-44", "45-64")

PARTITIONS: Mapping[Dimension, tuple[tuple[Group, ...], ...]] = {
    Dimension.AGE: (
        _same(*CATEGORIES[Dimension.AGE]),
        (*_FINE_AGES, _OLDER),
        (_WORKING, *_same("65-and-over")),
        (_WORKING, _OLDER),
    ),
    Dimension.SEX: (_same(*CATEGORIES[Dimension.SEX]),),
    Dimension.ETHNICITY: (_same(*CATEGORIES[Dimension.ETHNICITY]),),
    Dimension.DISABILITY: (_same(*CATEGORIES[Dimension.DISABILITY]),),
}
"""How a dimension can be cut into groups, finest first; which is used depends on the census."""


def choose_groups(dimension: Dimension, categories: frozenset[str]) -> tuple[Group, ...] | None:
    """Return the finest groups that these census categories can stand beside, if there are any."""
    return next(
        (
            groups
            for groups in PARTITIONS[dimension]
            if all(categories.issuperset(group.census) for group in groups)
        ),
        None,
    )


def pack_answers(answers: Answers) -> bytes:
    """Return answers as one byte a dimension: 0 for none, 255 for a wish not to say."""
    return bytes(_byte(dimension, answers.get(dimension)) for dimension in Dimension)


def _byte(dimension: Dimension, answer: str | None) -> int:
    if answer is None:
        return 0
    return _PREFER_NOT_BYTE if answer == PREFER_NOT else CATEGORIES[dimension].index(answer) + 1


def unpack_answers(packed: bytes) -> dict[Dimension, str | None]:
    """Return the answers that were packed."""
    return {d: _answer(d, byte) for d, byte in zip(Dimension, packed, strict=True)}


def _answer(dimension: Dimension, byte: int) -> str | None:
    if byte in (0, _PREFER_NOT_BYTE):
        return PREFER_NOT if byte else None
    return CATEGORIES[dimension][byte - 1]


def group_of(groups: Sequence[Group], answer: str | None) -> str | None:
    """Return the name of the group that an answer belongs to; `None` without one."""
    return next((group.name for group in groups if answer in group.answers), None)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A group among those who answered, beside its share of residents; shares are 0 to 1."""

    group: str
    respondents: int | None
    reference: float | None
    share: float | None = None
    interval: Interval | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as present as among residents."""
        return None if self.share is None or not self.reference else self.share / self.reference

    @property
    def ratio_interval(self) -> Interval | None:
        """The 95 % interval of the ratio; the census is taken as exact."""
        if self.interval is None or not self.reference:
            return None
        return self.interval[0] / self.reference, self.interval[1] / self.reference


@dataclass(frozen=True, slots=True)
class Comparison:
    """One dimension in one area; without shares where `reason` says why."""

    dimension: str
    answered: int | None
    reason: str | None
    similarity: float | None
    groups: tuple[GroupShare, ...]


HIDDEN = "How many answered is hidden, because it is small or would tell another figure."
TOO_FEW = f"Fewer than {FEWEST_ANSWERS} answered: a share of so few says nothing."
NO_REFERENCE = "No census figures of this dimension are loaded for these wards."


def compare(
    dimension: str,
    answered: int | None,
    respondents: Mapping[str, int | None],
    references: Mapping[str, float | None],
) -> Comparison:
    """Return shares, intervals and similarity from what was told: counts rounded to 5 or hidden."""
    reason = None
    if answered is None:
        reason = HIDDEN
    elif answered < FEWEST_ANSWERS:
        reason = TOO_FEW
    groups = tuple(
        _share(name, count, references.get(name), None if reason else answered)
        for name, count in respondents.items()
    )
    if reason is None and any(group.reference is None for group in groups):
        reason = NO_REFERENCE
    return Comparison(dimension, answered, reason, _similarity(groups), groups)


def _share(name: str, count: int | None, reference: float | None, base: int | None) -> GroupShare:
    if count is None or base is None:
        return GroupShare(name, count, reference)
    share = min(count / base, 1.0)
    return GroupShare(name, count, reference, share, wilson(share, base))


def _similarity(groups: Sequence[GroupShare]) -> float | None:
    ours = [group.share for group in groups if group.share is not None]
    theirs = [group.reference for group in groups if group.reference is not None]
    if not groups or len(ours) < len(groups) or len(theirs) < len(groups):
        return None
    whole = sum(ours)
    return total_variation_similarity([share / whole for share in ours], theirs)
