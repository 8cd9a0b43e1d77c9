"""Groups beside the census, and shares from what was told."""

import numpy as np
import pytest

from app.domain.representation import Dimension, choose_groups, compare, group_of

WIDE = frozenset({"0-4", "5-15", "16-64", "65-84", "85-and-over"})
FINE = frozenset({"16-24", "25-44", "45-64", "65-84", "85-and-over"})


@pytest.mark.parametrize(
    ("categories", "names"),
    [(WIDE, ["16-64", "65-and-over"]), (FINE, ["16-24", "25-44", "45-64", "65-and-over"])],
)
def test_takes_the_finest_groups_that_the_census_has(categories, names):
    groups = choose_groups(Dimension.AGE, categories)
    assert [group.name for group in groups] == names
    assert group_of(groups, "65-and-over") == "65-and-over"
    assert group_of(groups, "25-44") in names


def test_finds_no_groups_where_the_census_lacks_one():
    assert choose_groups(Dimension.SEX, frozenset({"female"})) is None


def test_puts_those_who_do_not_say_in_no_group():
    groups = choose_groups(Dimension.SEX, frozenset({"female", "male"}))
    assert group_of(groups, None) is group_of(groups, "prefer-not-to-say") is None


def test_gives_no_share_of_fewer_than_30_and_none_without_a_total():
    few = compare("sex", 25, {"female": 15, "male": 10}, {"female": 0.5, "male": 0.5})
    assert few.reason.startswith("Fewer than 30")
    assert all(group.share is group.ratio is None for group in few.groups)
    hidden = compare("sex", None, {"female": 80, "male": None}, {"female": 0.5, "male": 0.5})
    assert "hidden" in hidden.reason
    assert hidden.similarity is None


def test_gives_similarity_only_where_every_group_is_told():
    ours = {"asian": 30, "black": 20, "mixed": 10, "other": 10, "white": 130}
    theirs = {"asian": 0.2, "black": 0.13, "mixed": 0.06, "other": 0.07, "white": 0.54}
    told = compare("ethnicity", 200, ours, theirs)
    shares = np.array(list(ours.values())) / 200
    off = np.abs(shares - np.array(list(theirs.values()))).sum() / 2
    assert told.similarity == pytest.approx(1 - off)
    assert compare("ethnicity", 200, {**ours, "mixed": None}, theirs).similarity is None
