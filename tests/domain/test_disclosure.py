"""What small wards may be told."""

from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.disclosure import Disclosure, coarse_turnout, disclose, merge_small_levels

COUNTS = st.integers(0, 200)
LEVELS = st.dictionaries(st.integers(0, 4), COUNTS, min_size=1)


@given(LEVELS)
def test_never_shows_a_level_group_under_ten_beside_another(by_level: dict[int, int]) -> None:
    groups = merge_small_levels(by_level)
    assert sum(group.ballots for group in groups) == sum(by_level.values())
    assert [level for group in groups for level in group.levels] == sorted(by_level)
    assert len(groups) == 1 or min(group.ballots for group in groups) >= 10


@given(st.integers(0, 9), st.integers(0, 9))
def test_withholds_everything_under_ten(ballots: int, approvals: int) -> None:
    figures = disclose(ballots, 3, {"a": approvals}, {0: ballots})
    assert figures.disclosure is Disclosure.WITHHELD
    assert (figures.ballots, figures.superseded) == (None, None)
    assert (dict(figures.approvals), figures.by_level) == ({}, ())


@given(st.integers(10, 29), st.integers(0, 29))
def test_tells_only_fives_under_thirty(ballots: int, approvals: int) -> None:
    assume(approvals <= ballots)
    figures = disclose(ballots, 12, {"a": approvals}, {0: ballots})
    assert figures.disclosure is Disclosure.ROUNDED
    assert figures.ballots is not None
    assert figures.ballots % 5 == 0
    assert abs(figures.ballots - ballots) <= 2
    told = figures.approvals["a"]
    assert told is None or (told % 5 == 0 and told < figures.ballots and abs(told - approvals) <= 2)
    assert figures.superseded is None


@given(st.integers(30, 200))
def test_guards_unanimity_under_fifty(ballots: int) -> None:
    agreed = disclose(ballots, 12, {"a": ballots, "b": 1}, {0: ballots})
    assert (agreed.disclosure is Disclosure.EXACT) == (ballots >= 50)
    split = disclose(ballots, 12, {"a": ballots - 1, "b": 1}, {0: ballots})
    assert split.disclosure is Disclosure.EXACT
    assert (split.ballots, split.superseded) == (ballots, 12)
    assert split.approvals == {"a": ballots - 1, "b": 1}


@given(COUNTS)
def test_rounds_turnout_down_to_ten(ballots: int) -> None:
    assert 0 <= ballots - coarse_turnout(ballots) < 10
    assert coarse_turnout(ballots) % 10 == 0
