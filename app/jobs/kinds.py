"""The kinds of jobs there are, and what is done on a schedule. A new kind is one entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from app.domain.identity import ADMINS, LEADERS, Role
from app.domain.jobs import Daily
from app.jobs import handlers, readings
from app.jobs.work import Handler
from app.schemas.base import In
from app.schemas.jobs import NothingIn, OverdueReviewsIn
from app.schemas.refresh_runs import RefreshRunIn
from app.schemas.source_jobs import (
    BoundariesIn,
    CensusFileIn,
    CrimeFileIn,
    DeprivationFileIn,
    FileIn,
    PoliceUkIn,
)


def _all_london(parameters: Any) -> str | None:
    del parameters
    return None


def _its_borough(parameters: Any) -> str | None:
    borough_code: str | None = parameters.borough_code
    return borough_code


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job: who may ask for it, with what, and who does it.

    `borough` reads off the parameters which borough the job is about. Whoever asks must be posted
    there; a job about all of London (`None`) is an admin's.
    """

    name: str
    purpose: str
    handler: Handler
    parameters: type[In] = NothingIn
    roles: frozenset[Role] = ADMINS
    borough: Callable[[Any], str | None] = _all_london
    singly: bool = False
    """Whether one is done at a time: two that read one publisher would ask for everything twice."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of job that falls due by itself; the name, once given, stays."""

    name: str
    at: Daily
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    in_evaluation: bool = True
    """`False` for what calls other services: to be tried is not to call out by itself."""


_KINDS = (
    Kind(
        "refresh-run",
        "Open explained proposals for many wards: of a borough, or all that are due.",
        handlers.run_refreshes,
        RefreshRunIn,
        LEADERS,
        _its_borough,
    ),
    Kind(
        "overdue-reviews",
        "Report the wards whose review of priorities is overdue, by borough and days.",
        handlers.report_overdue_reviews,
        OverdueReviewsIn,
        LEADERS,
        _its_borough,
    ),
    Kind(
        "retention",
        "Forget all that is over, and jobs that ended 90 days ago.",
        handlers.forget,
    ),
    Kind(
        "commitment-checks",
        "Check every promise in every area, and write down what has changed.",
        handlers.check_commitments,
    ),
    Kind(
        "sync-police-uk",
        "Read neighbourhoods, priorities, events, teams and crime counts from data.police.uk.",
        readings.read_police_uk,
        PoliceUkIn,
        singly=True,
    ),
    Kind(
        "sync-boundaries",
        "Import official ward boundaries from the Office for National Statistics.",
        readings.read_boundaries,
        BoundariesIn,
        singly=True,
    ),
    Kind(
        "import-crime",
        "Import the Met's ward level crime file.",
        readings.bring_crime,
        CrimeFileIn,
        singly=True,
    ),
    Kind(
        "import-census",
        "Import residents per ward by group.",
        readings.bring_census,
        CensusFileIn,
        singly=True,
    ),
    Kind(
        "import-deprivation",
        "Import deprivation scores per ward.",
        readings.bring_deprivation,
        DeprivationFileIn,
        singly=True,
    ),
    Kind(
        "import-measures",
        "Import survey measures.",
        readings.bring_measures,
        FileIn,
        singly=True,
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}


def done_singly(kinds: Mapping[str, Kind]) -> frozenset[str]:
    """Return the names of those of which one is done at a time."""
    return frozenset(kind.name for kind in kinds.values() if kind.singly)


SCHEDULES = (
    Schedule("nightly-retention", Daily(time(3, 10)), "retention"),
    Schedule("nightly-commitment-checks", Daily(time(4, 40)), "commitment-checks"),
    Schedule("nightly-overdue-reviews", Daily(time(5, 30)), "overdue-reviews"),
    Schedule("nightly-police-uk", Daily(time(1, 20)), "sync-police-uk", in_evaluation=False),
)
"""By London time; each occurrence is one job, however many processes there are."""
