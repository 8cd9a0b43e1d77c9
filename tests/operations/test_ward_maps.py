"""Maps of many wards: simpler lines that neighbours still share."""

from pathlib import Path

import pytest
import shapely

from app.operations.ward_maps import simplified
from app.sources.geojson import read_collection
from tests.boundary_files import real


@pytest.mark.parametrize("name", ["", "wards_2025_ons_bgc_london.geojson.gz"])
def test_simplified_wards_stay_valid_and_neighbours_share_their_lines(name: str) -> None:
    path = real("boundaries", name) if name else Path("geo/wards.geojson")
    shapes = [feature.shape for feature in read_collection(path).features]
    drawn = simplified(shapes)
    assert shapely.is_valid(drawn).all()
    assert shapely.coverage_is_valid(drawn)
    assert shapely.get_num_coordinates(drawn).sum() <= shapely.get_num_coordinates(shapes).sum()
