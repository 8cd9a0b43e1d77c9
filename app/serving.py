"""Runs the server: prepares the database where it answers, waits for it where it does not."""

import asyncio
import contextlib
import errno
import logging
import multiprocessing
import os
import resource
import socket
import time
from collections.abc import Callable

import uvicorn
import uvloop

from app import admission, preparation
from app.dependencies import read_clock, read_today
from app.logs import set_up_logs
from app.outages import is_outage
from app.safety import UnsafeError
from app.settings import Settings

logger = logging.getLogger(__name__)

STOP_S = 20
RETRY_S = 1.0
WANTED_FILES = 65_536


def prepare(settings: Settings, begin: Callable[[str], None]) -> bool:
    """Bring the database to where the service can serve; `False` when it does not answer.

    Raises `UnsafeError` when the service may not run on it.
    """
    try:
        if not admission.check_database(settings):
            return False
        if settings.evaluation:  # elsewhere the owner of the database migrates, not the service
            preparation.migrate(settings.database_url)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_fill(settings, begin))
    except Exception as fault:
        if settings.database_url.startswith("sqlite") or not is_outage(fault):
            raise
        return False
    return True


def refuse_taken_address(host: str, port: int) -> None:
    """Raise `UnsafeError` where another program listens already, before anything is started."""
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise UnsafeError(
                    f"Another program listens at {host}:{port} already: stop it, or set PORT."
                ) from fault


async def _fill(settings: Settings, begin: Callable[[str], None]) -> None:
    now = await read_clock()
    await preparation.prepare(settings, now=now, today=await read_today(now), begin=begin)


def prepare_when_it_answers() -> None:
    """Try in a process beside the server until the database answers and is prepared."""
    process = multiprocessing.get_context("spawn").Process(
        target=_keep_trying, args=(os.getpid(),), name="preparation", daemon=True
    )
    process.start()


def _keep_trying(server: int) -> None:
    set_up_logs()
    settings = Settings()
    with contextlib.suppress(UnsafeError):  # the server sees that too, and stops
        while os.getppid() == server:  # whoever started us is still there
            if prepare(settings, lambda step: logger.info("preparing", extra={"step": step})):
                logger.info("the database is there and prepared")
                return
            time.sleep(RETRY_S)


def serve(settings: Settings) -> None:
    """Serve until told to stop, in as many processes as the settings say."""
    allow_many_connections()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="app.deadlines:DeadlineProtocol",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=STOP_S,
    )


def allow_many_connections() -> None:
    """Take as many open files as the system grants: each connection is one."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if most == resource.RLIM_INFINITY else min(most, WANTED_FILES)
    if wanted > granted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
