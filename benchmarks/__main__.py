"""`make bench`: the first figures, as ratios to ceilings and rivals measured in the same run.

On SQLite, and on PostgreSQL too when `TEST_DATABASE_URL` names a server. Gates of
`reference/performance.md` §9 are named by their numbers; figures without a gate are reported.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from operator import truediv
from pathlib import Path

import httpx

from app.main import create_app
from app.settings import Settings
from benchmarks import ceilings, in_process
from benchmarks.measure import Case, alternate, require_tools, serving
from benchmarks.record import Record
from benchmarks.rivals import pgbench_tps, tipg_serving
from benchmarks.stage import Stage, staged
from benchmarks.writer import ballots_per_second

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SCRIPTS = Path(__file__).parent / "scripts"
serving_ours = partial(
    serving, "app.main:create_app", http="app.deadlines:DeadlineProtocol", ready="/readyz"
)
"""Runs our service on the protocol that `make run` gives it, with its deadlines and bounds."""
CEILING = "benchmarks.ceilings:create_app"
AGREE_TRIES = 20
READERS, VOTERS = 64, 256
"""Connections of the loads that two workers share."""
RECORD = Record(ROUNDS)
report, compare = RECORD.report, RECORD.compare


def measure_in_process() -> None:
    """Report routing, middleware and counting costs (G16, G17, G19)."""
    settings = Settings(database_url="sqlite:///var/bench-none.sqlite3")
    app = create_app(settings)
    unlayered = create_app(settings)
    unlayered.user_middleware.clear()
    # A parameter nobody knows is refused after routing, before any work, alike on every route.
    wrong = b"nobody=knows"
    first, last = (
        in_process.cost_us(app, path, query=wrong) for path in ("/v1/boroughs", "/version")
    )
    bare = in_process.cost_us(ceilings.create_app(), "/bare")
    # In turns, since a machine that is slow for a moment is slow for whichever comes then.
    turns = [[in_process.cost_us(each, "/healthz") for each in (app, unlayered)] for _ in range(3)]
    layered, without = map(min, zip(*turns, strict=True))
    report("bare FastAPI route", bare, "us")
    report("our liveness route, through everything", layered, "us")
    report("last-declared route / first", last / first, "times", "G16 <= 1.5")
    report("with our layer / without", layered / without, "times", "G17 <= 1.3")
    for rule, cost in (costs := in_process.counting_ms()).items():
        report(f"count 1 M ballots, 3 of 12: {rule}", cost, "ms")
    four = sum(cost for rule, cost in costs.items() if rule != "sequential_pav")
    report("all four rules together", four, "ms", "G19 <= 20")


def measure_http(stage: Stage, title: str, server: str | None) -> None:
    """Report the reads and ballots of a server on this stage against ceilings and rivals."""
    print(f"\n{title}")
    env = stage.env() | {"BENCH_POSTGRESQL": _plain(stage.database_url) if server else ""}
    with ExitStack() as stack:
        ours, our_pid = stack.enter_context(serving_ours(env=env))
        book, book_pid = stack.enter_context(serving("benchmarks.textbook:create_app", env=env))
        base, base_pid = stack.enter_context(serving(CEILING, env=env))
        httpx.post(f"{book}/tables").raise_for_status()
        points = SCRIPTS / "points.lua"
        at = {
            "located": Case(
                "located", base, [base_pid], points, {"PATTERN": "/located?lat=%s&lng=%s"}
            ),
            "locate": Case("locate", ours, [our_pid], points),
            "bare": Case("bare", f"{base}/bare", [base_pid]),
            "ward": Case("ward", ours + _profile(stage), [our_pid]),
            "ward-orm": Case("ward-orm", f"{book}/wards/{stage.ward}", [book_pid]),
            "events": Case("events", f"{ours}/v1/boroughs/{stage.borough}/events", [our_pid]),
        }
        rivals = list(_rivals(stack, stage, base, base_pid, server))
        alternate([*at.values(), *rivals], ROUNDS)
        compare("look-up / same parameters, constant answer", at["locate"], at["located"], "G1")
        compare("look-up / bare route", at["locate"], at["bare"], "G2")
        for rival in rivals:
            compare(f"look-up / {rival.name}", at["locate"], rival)
        compare("ward profile, ready / bare route", at["ward"], at["bare"], "G12 >= 0.75")
        compare("ward profile, ready / ORM version", at["ward"], at["ward-orm"], "G12 >= 15")
        compare("borough events, ready / bare route", at["events"], at["bare"])
        _measure_ballots(stage, (ours, our_pid), (book, book_pid), (base, base_pid), server)


def _measure_ballots(
    stage: Stage,
    ours: tuple[str, int],
    book: tuple[str, int],
    base: tuple[str, int],
    server: str | None,
) -> None:
    script, spread = SCRIPTS / "ballots.lua", {"BALLOTS": str(stage.ballots)}
    cast = Case("cast", ours[0], [ours[1]], script, spread)
    hot = Case("hot", ours[0], [ours[1]], script, {"BALLOTS": str(stage.one_poll)})
    textbook = Case("textbook", book[0], [book[1]], script, spread | {"PREFIX": ""})
    nothing = Case("nothing", base[0], [base[1]], script, spread | {"PREFIX": ""})
    crowd = Case("crowd", ours[0], [ours[1]], script, spread, connections=64)
    alternate([nothing, cast, hot, crowd, textbook], ROUNDS)
    compare(
        "ballot / the same PUT without a database",
        cast,
        nothing,
        "G6 >= 0.35 on SQLite, >= 0.45 on PostGIS",
    )
    compare("ballot / textbook ORM version", cast, textbook, "G9 >= 7 (req/s)")
    compare("ballots into one poll / spread over polls", hot, cast, "G10 >= 0.80")
    report("ballots at 64 connections, 99th percentile", crowd.p99_ms, "ms", "P3 <= 300")
    alone, pgbench = [], []
    for _ in range(ROUNDS):  # in turns, as with the servers
        alone.append(ballots_per_second(stage))
        if server:
            pgbench.append(pgbench_tps(stage.database_url))
    report("the writer without HTTP, 64 in flight", statistics.median(alone), "per second")
    if server:
        ratio = statistics.median(map(truediv, alone, pgbench))
        report("the writer without HTTP / pgbench", ratio, "times", "G7 >= 1.2")
        tps = statistics.median(pgbench)
        report("pgbench, one upsert a commit, 16 clients", tps, "tps")
        report("ballots over HTTP / pgbench", cast.per_second / tps, "times", "G8")


def measure_workers(stage: Stage) -> None:
    """Report what a second worker adds to look-ups and to ballots (G18), and to constant answers.

    With as many connections as the goals were set at: few leave one worker without any at times.
    What loads the servers needs a part of the same cores, so that nothing can double here.
    """
    points, script = SCRIPTS / "points.lua", SCRIPTS / "ballots.lua"
    located, spread = {"PATTERN": "/located?lat=%s&lng=%s"}, {"BALLOTS": str(stage.ballots)}
    nothing = spread | {"PREFIX": ""}
    with ExitStack() as stack:
        cases = []
        for workers in (1, 2):
            url, pid = stack.enter_context(serving_ours(env=stage.env(), workers=workers))
            cases += [
                Case(f"locate by {workers}", url, [pid], points, {}, READERS),
                Case(f"cast by {workers}", url, [pid], script, spread, VOTERS),
            ]
            url, pid = stack.enter_context(serving(CEILING, env=stage.env(), workers=workers))
            cases += [
                Case(f"located by {workers}", url, [pid], points, located, READERS),
                Case(f"nothing by {workers}", url, [pid], script, nothing, VOTERS),
            ]
        alternate(cases, ROUNDS)
    half = len(cases) // 2
    locate, cast, constant_locate, constant_cast = zip(cases[half:], cases[:half], strict=True)
    compare("look-ups by two workers / by one", *locate, "G18 >= 1.6 (req/s)")
    compare("ballots by two workers / by one", *cast, "G18 >= 1.4 (req/s)")
    compare("constant look-ups by two workers / by one", *constant_locate)
    compare("constant ballots by two workers / by one", *constant_cast)


def _rivals(
    stack: ExitStack, stage: Stage, base: str, base_pid: int, server: str | None
) -> Iterator[Case]:
    if server is None:
        return
    points = SCRIPTS / "points.lua"
    yield Case(
        "PostGIS by asyncpg", base, [base_pid], points, {"PATTERN": "/postgis?lat=%s&lng=%s"}
    )
    tipg = stack.enter_context(tipg_serving(stage.database_url))
    if tipg is not None:
        pattern = tipg.path + "&bbox={lng},{lat},{lng},{lat}"
        env = {"PATTERN": pattern}
        yield Case("tipg (G3 >= 12, req/s)", tipg.address, [tipg.pid], SCRIPTS / "box.lua", env)


def measure_agreement(stage: Stage) -> None:
    """Report how long another process takes to see an edit (G20)."""
    with ExitStack() as stack:
        one, _ = stack.enter_context(serving_ours(env=stage.env()))
        two, _ = stack.enter_context(serving_ours(env=stage.env()))
        waits = asyncio.run(_agree(one, two, stage))
    report("an edit seen by another process, median", statistics.median(waits), "ms")
    report("an edit seen by another process, longest of 20", max(waits), "ms", "G20 <= 250")


async def _agree(one: str, two: str, stage: Stage) -> list[float]:
    waits = []
    async with httpx.AsyncClient() as client:
        wanted = {"role": "admin", "subject": "bench"}
        token = (await client.post(f"{one}/evaluation/tokens", json=wanted)).json()["access_token"]
        active = (await client.get(f"{one}/v1/wards/{stage.ward}/priorities")).json()["active_set"]
        path = f"/v1/priorities/{active['priorities'][0]['id']}"
        for number in range(AGREE_TRIES):
            await client.get(two + path)
            headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
            body = {"title": f"Seen everywhere {number}", "reason": "benchmark"}
            answer = await client.patch(one + path, json=body, headers=headers)
            answer.raise_for_status()
            begun = time.perf_counter()
            while (await client.get(two + path)).json()["title"] != body["title"]:  # noqa: ASYNC110 - asked as a client would
                await asyncio.sleep(0.001)
            waits.append((time.perf_counter() - begun) * 1000)
    return waits


def _profile(stage: Stage) -> str:
    return f"/v1/wards/{stage.ward}?include=team,priorities"


def _plain(url: str) -> str:
    return "postgresql" + url[url.index("://") :]


def main() -> None:
    """Measure everything and print it."""
    require_tools("wrk")
    print(RECORD.opening(), end="\n\n")
    measure_in_process()
    server = os.environ.get("TEST_DATABASE_URL")
    for where, title in ((None, "SQLite"), (server, "PostgreSQL + PostGIS")):
        if title == "SQLite" or where is not None:
            RECORD.database = title
            with staged(where) as stage:
                measure_http(stage, title, where)
                measure_agreement(stage)
                measure_workers(stage)
    RECORD.keep()
    if server is None:
        print("\nThe PostgreSQL half needs TEST_DATABASE_URL: scripts/with_postgresql make bench")


if __name__ == "__main__":
    main()
