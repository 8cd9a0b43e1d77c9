"""Ports for servers that tests start: kept, so that nobody else gets them in the meantime."""

import socket


def keep_port() -> socket.socket:
    """Return a socket that keeps a free loopback port until it is closed, and never listens.

    Whoever asks the system for any port gets another; a server that reuses addresses, as ours,
    uvicorn and Node do, may listen on this one, and again after it was killed.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    return keeper


def port_of(keeper: socket.socket) -> int:
    """Return the port that a socket keeps."""
    port: int = keeper.getsockname()[1]
    return port
