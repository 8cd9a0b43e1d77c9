"""What is hidden of survey measures, and that nothing hidden can be subtracted from the rest."""

from datetime import date
from random import Random

import pytest

from app.domain.measures import FAMILIES, LEAST_BASE, Figure, Gap, hidden_figures

WARDS = {"w1": "b", "w2": "b", "w3": "b"}


def test_tells_bases_of_30_and_hides_29():
    assert hidden_figures({("b", "all"): LEAST_BASE}, {}) == set()
    assert hidden_figures({("b", "all"): LEAST_BASE - 1}, {}) == {("b", "all")}


def test_hides_a_second_group_of_a_family():
    bases = {("b", "all"): 300, ("b", "women"): 280, ("b", "men"): 20}
    assert hidden_figures(bases, {}) == {("b", "men"), ("b", "women")}


def test_hides_the_smallest_of_several_others():
    groups = {"asian": 80, "black": 60, "mixed": 12, "other-ethnic": 45, "white": 200}
    bases = {("b", group): base for group, base in groups.items()}
    assert hidden_figures(bases, {}) == {("b", "mixed"), ("b", "other-ethnic")}


def test_hides_a_second_ward_of_a_borough():
    bases = {("b", "all"): 300, ("w1", "all"): 20, ("w2", "all"): 90, ("w3", "all"): 190}
    assert hidden_figures(bases, WARDS) == {("w1", "all"), ("w2", "all")}


@pytest.mark.parametrize("seed", range(50))
def test_leaves_no_family_with_one_hidden_figure_alone(seed: int):
    random = Random(seed)
    areas = ("b", *WARDS)
    groups = sorted({"all"}.union(*FAMILIES))
    bases = {(a, g): random.randint(10, 200) for a in areas for g in groups}
    hidden = hidden_figures(bases, WARDS)
    together = [[(a, g) for g in family] for a in areas for family in FAMILIES]
    together += [[(ward, g) for ward in WARDS] for g in groups]
    assert all(len(hidden.intersection(keys)) != 1 for keys in together)


def test_tells_no_gap_of_a_hidden_group():
    day = date(2025, 1, 1)
    everybody = Figure("all", day, 0.6, 900)
    assert Gap(Figure("lgbt", day, None, None), everybody).gap is None
    assert Gap(Figure("lgbt", day, None, None), everybody).interval is None
    told = Gap(Figure("black", day, 0.45, 200), everybody)
    assert told.gap == pytest.approx(-0.15)
    assert told.interval[0] < -0.15 < told.interval[1] < 0
