"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import ballots, evaluation, locate, polls, priorities, running, wards

ROUTERS = (
    locate.router,
    ballots.router,
    wards.router,
    polls.router,
    priorities.router,
    running.router,
)
EVALUATION_ROUTERS = (evaluation.router,)
