"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import (
    ballots,
    docs,
    evaluation,
    events,
    events_lists,
    locate,
    polls,
    priorities,
    running,
    wards,
)

ROUTERS = (
    locate.router,
    ballots.router,
    wards.router,
    polls.router,
    priorities.router,
    events_lists.router,
    events.router,
    running.router,
    docs.router,
)
EVALUATION_ROUTERS = (evaluation.router,)
