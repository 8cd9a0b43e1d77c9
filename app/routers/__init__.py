"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import (
    approvals,
    audit,
    ballots,
    coverage,
    docs,
    editions,
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
    editions.router,
    events.router,
    events_lists.router,
    priorities.router,
    teams.router,
    coverage.router,
    refreshes.router,
    evidence.router,
    approvals.router,
    audit.router,
    docs.router,
    running.router,
)
EVALUATION_ROUTERS = (evaluation.router,)
