"""A POST that is sent three times, with kills in between, has one effect and one answer (P10)."""

from pathlib import Path

import pytest

from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.retries import retry_on_postgresql, retry_on_sqlite

pytestmark = pytest.mark.anyio

POSTS, KILLS = 100, 4


async def test_repeated_posts_have_one_effect_among_kills(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await retry_on_postgresql(cluster_template, ground, posts=POSTS, kills=KILLS)
    assert found.is_clean, found
    assert found.acknowledged == POSTS, found
    assert found.faults > 0, found


async def test_repeated_posts_have_one_effect_among_kills_on_sqlite(
    london_file: Path, ground: Path
) -> None:
    found = await retry_on_sqlite(london_file, ground, posts=POSTS, kills=KILLS)
    assert found.is_clean, found
    assert found.acknowledged == POSTS, found
    assert found.faults > 0, found


async def test_finds_the_second_effect_where_keys_are_forgotten(
    london_file: Path, ground: Path
) -> None:
    found = await retry_on_sqlite(london_file, ground, posts=10, kills=1, weakness="keys forgotten")
    assert found.twice > 0, found
