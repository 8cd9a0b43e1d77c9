"""Runs the server: its processes, and the protocol that gives clients their deadlines."""

import resource

import uvicorn

from app.settings import Settings

STOP_S = 20
WANTED_FILES = 65_536


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
