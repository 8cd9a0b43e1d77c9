"""HTTP for one concept each; listed here in the order in which requests are likely."""

from app.routers import evaluation, locate, running, wards

ROUTERS = (locate.router, wards.router, running.router)
EVALUATION_ROUTERS = (evaluation.router,)
