"""A primary that is gone for good takes no acknowledged ballot with it (P1, P1b).

Needs a standby in step; a wait for it that is cut short is never taken for a commit.
"""

from pathlib import Path

import pytest

from tests.faults.rigs.cancelled_waits import cancel_an_announcement, cancel_waits
from tests.faults.rigs.clusters import Cluster
from tests.faults.rigs.failovers import destroy_primaries

pytestmark = pytest.mark.anyio

PRIMARIES = 3
CANCELS = 20


async def test_destroyed_primaries_take_no_acknowledged_ballot_with_them(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await destroy_primaries(cluster_template, ground, primaries=PRIMARIES)
    assert found.is_clean, found
    assert found.acknowledged > 0, found


async def test_finds_the_loss_where_the_standby_lags_behind(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await destroy_primaries(cluster_template, ground, primaries=1, synchronous=False)
    assert found.lost > 0, found


async def test_never_acknowledges_what_no_standby_confirmed(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await cancel_waits(cluster_template, ground, cancels=CANCELS)
    assert found.is_clean, found
    assert found.unanswered > 0, "what was cancelled is written, and nobody was told so"


async def test_finds_the_acknowledgement_where_the_warning_is_not_heard(
    cluster_template: Cluster, ground: Path
) -> None:
    found = await cancel_waits(
        cluster_template, ground, cancels=CANCELS, weakness="warnings unheard"
    )
    assert found.lost > 0, found


async def test_never_tells_staff_that_it_is_done_what_no_standby_confirmed(
    cluster_template: Cluster, ground: Path
) -> None:
    statuses, events = await cancel_an_announcement(cluster_template, ground)
    assert statuses == [503, 201], "refused while unconfirmed, and answered when sent again"
    assert events == 1


async def test_finds_the_early_answer_to_staff_where_the_warning_is_not_heard(
    cluster_template: Cluster, ground: Path
) -> None:
    statuses, events = await cancel_an_announcement(
        cluster_template, ground, weakness="warnings unheard"
    )
    assert (statuses, events) == ([201, 201], 1)
