"""Degrees and metres: as long as the ellipsoid says, so that areas can be believed."""

import numpy as np
import pytest
import shapely

from app.geometry import metres_per_degree, square_metres


@pytest.mark.parametrize(
    ("latitude", "east", "north"),
    [(0, 111.320, 110.574), (45, 78.847, 111.132), (60, 55.800, 111.412)],
)
def test_a_degree_is_as_long_as_tables_of_wgs_84_say(
    latitude: float, east: float, north: float
) -> None:
    found = [length / 1000 for length in metres_per_degree(latitude)]
    assert found == pytest.approx([east, north], abs=0.001)


def test_an_area_is_measured_at_its_own_latitude() -> None:
    boxes = [shapely.box(0, latitude, 0.01, latitude + 0.01) for latitude in (51.68, 51.29)]
    found = square_metres(np.array(boxes))
    assert found == pytest.approx([769_473, 776_014], rel=1e-5), "the authalic formula's figures"
