"""The application: `create_app()` joins lifespan, routes, error rendering and middleware."""

import asyncio
import contextlib
import functools
import gc
import json
import logging
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from app import __version__, problems
from app.admission import Admission, read_settings_or_leave
from app.answers import Answers
from app.chores import Chore, Chores
from app.contract import build_openapi
from app.database import Database
from app.errors import BusyError, ServiceError
from app.freshness import RevisionWatcher
from app.jobs.labour import Labour
from app.keyring import Keyring
from app.middleware import ServiceLayer
from app.operations import audit_heads
from app.operations.atlas import Atlas
from app.operations.ballots import BallotBox
from app.operations.bundles import BundleShelf
from app.operations.commitment_standings import StandingBook
from app.operations.key_destruction import forget_destroyed_keys
from app.operations.log import LOOK_S, publish_due_heads
from app.operations.log_queries import TreeShelf
from app.operations.open_data_files import OpenDataShelf
from app.operations.participation import LOOK_REST_S, publish_due_participation
from app.operations.partner_key_book import USES_EVERY_S, PartnerKeyBook
from app.operations.quotas import FORGET_REST_S, SHARE_REST_S, Quotas, open_quotas
from app.operations.representation import publish_due_representation
from app.operations.running import Readiness
from app.outages import AWAY, Pulse, is_outage
from app.residency import open_residency, residency_chores
from app.retries import AnsweredBeforeError
from app.routers import EVALUATION_ROUTERS, ROUTERS
from app.routing import NounGate
from app.settings import Settings
from app.sources.issuer import RETRY_S, IssuerKeys, open_issuer
from app.tokens import EvaluationIssuer

logger = logging.getLogger(__name__)

STOP_S = 10
AUDIT_S = 600
"""How often to look whether the day's head of the audit chain is due."""

SWEEPS = (5_000, 20, 20)
"""How much a process makes before the collector looks at its youngest, and how many looks make it
look at those that outlived one, and two: Python's 700 are fewer than one batch of ballots needs."""

UNTRACED: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""Nothing about a request leaves the process: a span would name who voted where, and when."""


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Return the application for these settings; the caller may hand in an open database."""
    started_alone = settings is None
    settings = settings or read_settings_or_leave()
    opened = database or Database(settings.database_url, pool_size=settings.database_pool_size)
    quotas = open_quotas(settings, opened)
    app = FastAPI(
        title="Ward Priorities",
        version=__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=UNTRACED,
        middleware=[
            Middleware(
                ServiceLayer,
                quotas=quotas,
                max_body_bytes=settings.max_body_bytes,
                allowed_origins=[o.strip() for o in settings.allowed_origins.split(",")],
                evaluation=settings.evaluation,
            )
        ],
    )
    app.state.settings, app.state.started_alone = settings, started_alone
    app.state.database, app.state.quotas = opened, quotas
    app.state.owns_database = database is None
    _furnish(app, settings)
    gate = NounGate([*ROUTERS, *(EVALUATION_ROUTERS if settings.evaluation else ())])
    app.router.routes.append(gate)
    app.openapi = functools.cache(  # type: ignore[method-assign] # FastAPI says to
        functools.partial(build_openapi, gate.routes)
    )
    app.state.description = functools.cache(lambda: describe(app.openapi()))
    _render_errors(app)
    _open_identity(app, settings)
    app.state.labour = Labour(settings, opened) if started_alone and settings.run_jobs else None
    return app


def _furnish(app: FastAPI, settings: Settings) -> None:
    """Put beside the application what its requests and chores share."""
    state, opened = app.state, app.state.database
    state.keyring = keyring = Keyring(settings.key_store, log_name=settings.log_name)
    state.ballots = BallotBox(opened, keyring, log_interval_s=settings.log_interval_s)
    state.answers, state.atlas = Answers(), Atlas(opened)
    state.readiness = Readiness(opened, state.atlas)
    state.trees, state.bundles = TreeShelf(), BundleShelf()
    state.open_data = OpenDataShelf(opened)
    state.standings = StandingBook()
    open_residency(app)


def describe(document: dict[str, Any]) -> bytes:
    """Return the OpenAPI description as it is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _open_identity(app: FastAPI, settings: Settings) -> None:
    app.state.partner_keys = PartnerKeyBook(app.state.database)
    if settings.evaluation:
        issuer = EvaluationIssuer(settings.key_store, settings.oidc_audience)
        app.state.issuer, app.state.verifier = issuer, issuer.verifier()
        app.state.issuer_keys = None
    else:
        app.state.issuer, app.state.issuer_keys = None, open_issuer(settings)
        app.state.verifier = app.state.issuer_keys.verifier


def _chores(app: FastAPI) -> list[Chore]:
    """Return what this process does beside its requests."""
    database, interval_s = app.state.database, app.state.settings.log_interval_s
    heads_file = app.state.settings.audit_heads_file

    async def publish_heads() -> int:
        signer = app.state.keyring.log_signer
        return await publish_due_heads(database, signer, interval_s=interval_s)

    async def sign_audit_head() -> None:
        await audit_heads.keep_heads(database, app.state.keyring, heads_file)

    async def publish_tables() -> int:
        tables = await publish_due_participation(database)
        return tables + await publish_due_representation(database, app.state.keyring)

    async def forget_keys() -> int:
        return await forget_destroyed_keys(database, app.state.keyring)

    quotas: Quotas = app.state.quotas
    return [
        *_caller_chores(app),
        Chore("publish log heads", min(LOOK_S, interval_s), publish_heads),
        Chore("share quotas", SHARE_REST_S, quotas.share),
        Chore("forget quotas", FORGET_REST_S, quotas.forget),
        Chore("forget destroyed keys", LOOK_S, forget_keys),
        Chore("publish participation", LOOK_REST_S, publish_tables),
        *residency_chores(app),
        Chore("sign the audit chain", AUDIT_S, sign_audit_head),
        *_first_chores(app),
    ]


def _caller_chores(app: FastAPI) -> list[Chore]:
    """Return what this process does to know its callers, and when partners last called."""
    partners: PartnerKeyBook = app.state.partner_keys
    chores = [Chore("note uses of partner keys", USES_EVERY_S, partners.write_uses)]
    keys: IssuerKeys | None = app.state.issuer_keys
    if keys is not None:
        chores.append(Chore("renew issuer keys", RETRY_S, keys.renew_if_due))
    return chores


def _first_chores(app: FastAPI) -> list[Chore]:
    """Return what a process does that a server started: ask to be admitted, and look for jobs."""
    state = app.state
    admission = Admission(state.settings, state.database, state.keyring)
    labour = [] if state.labour is None else [state.labour.chore()]
    return [admission.chore(), *labour] if state.started_alone else []


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async def moved(revision: int) -> None:
        if await app.state.atlas.moved_to(revision):
            app.state.answers.forget()
        app.state.answers.moved_to(revision)

    async with contextlib.AsyncExitStack() as stack:
        if app.state.owns_database:
            stack.push_async_callback(app.state.database.close)
        if not app.state.database.is_sqlite:
            _feel_pulse(app.state.database, stack)
        watcher = RevisionWatcher(app.state.database, moved)
        watching = asyncio.create_task(watcher.run())
        stack.push_async_callback(asyncio.wait_for, watching, STOP_S)
        stack.callback(watcher.stop)
        if app.state.labour is not None:
            app.state.labour.start()
            stack.push_async_callback(app.state.labour.stop)
        chores = Chores(_chores(app))
        doing = asyncio.create_task(chores.run())
        stack.push_async_callback(asyncio.wait_for, doing, STOP_S)
        stack.callback(chores.stop)
        stack.push_async_callback(app.state.ballots.writer.stop)
        if app.state.started_alone:
            spare_the_collector()
        yield


def _feel_pulse(database: Database, stack: contextlib.AsyncExitStack) -> None:
    pulse = Pulse(database.address, database.outage)
    feeling = asyncio.create_task(pulse.run())
    stack.push_async_callback(asyncio.wait_for, feeling, STOP_S)
    stack.callback(pulse.stop)


def spare_the_collector() -> None:
    """Let Python's collector pass over what was loaded by now, and look at the rest less often.

    A sweep of all modules and models takes 0.2 s, for which every request waits. What requests
    leave behind is swept as before.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SWEEPS)


def _render_errors(app: FastAPI) -> None:
    app.add_exception_handler(ServiceError, _on_refusal)
    app.add_exception_handler(AnsweredBeforeError, _on_answered_before)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_framework_error)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(PoolTimeoutError, _on_database_error)
    app.add_exception_handler(ConnectionError, _on_database_error)
    app.add_exception_handler(TimeoutError, _on_database_error)


async def _on_refusal(_: Request, error: Exception) -> Response:
    if not isinstance(error, ServiceError):
        raise error
    return problems.render_refusal(error)


async def _on_answered_before(_: Request, error: Exception) -> Response:
    if not isinstance(error, AnsweredBeforeError):
        raise error
    return error.response


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    items = problems.items_of(error.errors())
    kinds = {item.code for item in items}
    if "json_invalid" in kinds:
        return problems.render_framework(400, "The request body is not valid JSON.")
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = request.headers.get("content-length", "0") != "0"
    if kinds & {"model_attributes_type", "missing"} and has_body and not sent.endswith("json"):
        return problems.render_framework(415, "Send the body as application/json.")
    detail = "; ".join(f"{item.pointer}: {item.message}" for item in items[:3])
    code, title = problems.FRAMEWORK_CODES[422]
    return problems.render(422, code, title, detail, items=items)


async def _on_framework_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers: dict[str, Any] = dict(error.headers or {})
    return problems.render_framework(error.status_code, headers=headers)


async def _on_database_error(_: Request, error: Exception) -> Response:
    if not is_outage(error):
        raise error
    if isinstance(error, PoolTimeoutError):  # one of many at once: a line each, and no trace
        logger.warning("shed: no connection to the database was free")
    else:
        logger.error("database unavailable", exc_info=error)
    return problems.render_refusal(BusyError(AWAY))
