"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import evaluation, locate, priorities, running, wards

ROUTERS = (locate.router, wards.router, priorities.router, running.router)
EVALUATION_ROUTERS = (evaluation.router,)
