"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import (
    audit,
    ballots,
    coverage,
    docs,
    evaluation,
    events,
    events_lists,
    evidence,
    locate,
    polls,
    priorities,
    profiles,
    refreshes,
    running,
    teams,
    wards,
)

ROUTERS = (
    locate.router,
    ballots.router,
    profiles.router,
    wards.router,
    polls.router,
    events.router,
    events_lists.router,
    priorities.router,
    teams.router,
    coverage.router,
    refreshes.router,
    evidence.router,
    audit.router,
    docs.router,
    running.router,
)
EVALUATION_ROUTERS = (evaluation.router,)
