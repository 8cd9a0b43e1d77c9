"""What needs no server: routing, the middleware and the counting rules, in CPU time."""

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from app.domain.counting import Profile, TieBreak, count_sequential_pav, get_rule, tie_break_seed

CALLS, ROUNDS = 400, 9
MILLION, SEATS = 1_000_000, 3
RULES = ("phragmen", "equal_shares", "pav", "approval")


def cost_us(app: Any, path: str, *, query: bytes = b"", method: str = "GET") -> float:
    """Return the least CPU microseconds that one request to an ASGI application took."""
    return min(asyncio.run(_rounds(app, path, query, method)))


async def _rounds(app: Any, path: str, query: bytes, method: str) -> list[float]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        del message

    def scope() -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": query,
            "headers": [(b"host", b"bench.example"), (b"accept", b"*/*")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

    costs = []
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        for _ in range(CALLS):
            await app(scope(), receive, send)
        costs.append((time.process_time_ns() - begun) / CALLS / 1000)
    return costs


def counting_ms() -> dict[str, float]:
    """Return the least CPU milliseconds of each rule: a million ballots, at most 3 of 12 ticks."""
    profile = _million_ballots()
    ties = TieBreak.draw(profile.options, tie_break_seed(b"m" * 32, b"c" * 32))
    costs = {name: _least_ms(partial(get_rule(name).count, profile, SEATS, ties)) for name in RULES}
    costs["sequential_pav"] = _least_ms(partial(count_sequential_pav, profile, SEATS, ties))
    return costs


def _million_ballots() -> Profile:
    draw = random.Random(12)
    options = [f"option {n}" for n in range(12)]
    ticks = [draw.sample(options, k=draw.randrange(1, 4)) for _ in range(20_000)]
    counted: dict[frozenset[str], int] = {}
    for ballot in ticks:
        counted[frozenset(ballot)] = counted.get(frozenset(ballot), 0) + MILLION // len(ticks)
    return Profile.from_weighted(options, [(sorted(ballot), n) for ballot, n in counted.items()])


def _least_ms(act: Callable[[], object]) -> float:
    costs = []
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        act()
        costs.append((time.process_time_ns() - begun) / 1e6)
    return min(costs)
