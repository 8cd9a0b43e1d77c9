"""What clients meet while the database is away: asked without a pause, judged afterwards (P17)."""

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from tests.factories import ALDER
from tests.faults.rigs.stage import Stage

PAUSE_S, CALM_S = 0.05, 0.7
STAFF = 2
READ = "/v1/boroughs"
DONE, BUSY = frozenset({200, 201}), 503
READY_S, WRITE_S, BACK_S = 5.0, 2.0, 3.0
Asking = Callable[[], Awaitable[httpx.Response]]


class Sample(NamedTuple):
    """One request and how it went; status 0 is a broken connection."""

    kind: str
    begun: float
    ended: float
    status: int
    retry_after: str | None


@dataclass
class Witness:
    """Clients of every kind, and all that they were told."""

    client: httpx.AsyncClient
    stage: Stage
    staff_token: str
    samples: list[Sample] = field(default_factory=list)
    absences: list[tuple[float, float]] = field(default_factory=list)
    staff_rest: int = 0
    staff_rests: asyncio.Event = field(default_factory=asyncio.Event)
    staff_at_work: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Ask as long as the block runs."""
        over = asyncio.Event()
        self.staff_at_work.set()
        kinds: list[tuple[str, Asking, int]] = [
            ("read", lambda: self.client.get(READ), 2),
            ("ready", lambda: self.client.get("/readyz"), 1),
            ("ballot", self._voter(), 4),
            ("staff", self._staff, STAFF),
        ]
        tasks = [
            asyncio.create_task(self._ask(kind, ask, over))
            for kind, ask, many in kinds
            for _ in range(many)
        ]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*tasks)

    async def _ask(self, kind: str, ask: Asking, over: asyncio.Event) -> None:
        while not over.is_set():
            begun = time.monotonic()
            try:
                answer = await ask()
                status, retry_after = answer.status_code, answer.headers.get("retry-after")
            except httpx.TransportError:
                status, retry_after = 0, None
            self.samples.append(Sample(kind, begun, time.monotonic(), status, retry_after))
            await asyncio.sleep(PAUSE_S)

    def _voter(self) -> Asking:
        names = itertools.cycle(self.stage.residents)

        async def vote() -> httpx.Response:
            name = next(names)
            headers = {
                "Authorization": f"Bearer {self.stage.tokens[name]}",
                "Content-Type": "application/json",
            }
            return await self.client.put(
                f"{self.stage.path}/ballot", content=self.stage.ballots[name], headers=headers
            )

        return vote

    async def _staff(self) -> httpx.Response:
        if not self.staff_at_work.is_set():
            self.staff_rest += 1
            if self.staff_rest == STAFF:
                self.staff_rests.set()
            await self.staff_at_work.wait()
        headers = {
            "Authorization": f"Bearer {self.staff_token}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        body: dict[str, Any] = {
            "title": "A round of the rig",
            "borough": ALDER,
            "opens_at": "2125-01-01T09:00:00Z",
            "closes_at": "2125-01-15T09:00:00Z",
        }
        return await self.client.post("/v1/rounds", json=body, headers=headers)

    def of(self, *kinds: str) -> list[Sample]:
        """Return what clients of these kinds met."""
        return [sample for sample in self.samples if sample.kind in kinds]

    @contextlib.asynccontextmanager
    async def absence(self) -> AsyncIterator[None]:
        """Note that the database is away while the block runs.

        Staff pause before: a write makes what is ready obsolete, and readers have it made again.
        """
        self.staff_rest = 0
        self.staff_rests.clear()
        self.staff_at_work.clear()
        await self.staff_rests.wait()
        await asyncio.sleep(CALM_S)
        away = time.monotonic()
        self.staff_at_work.set()
        yield
        self.absences.append((away, time.monotonic()))
        await asyncio.sleep(BACK_S + CALM_S)


@dataclass
class Verdict:
    """One absence as clients met it, in seconds."""

    not_ready_after: float
    back_after: float
    slowest_refusal: float
    refused: int


def judge(witness: Witness, away: float, back: float) -> Verdict:
    """Return how an absence from one moment to another went."""
    refusals = [
        s.ended - max(s.begun, away)
        for s in witness.of("ballot", "staff")
        if s.status == BUSY and s.ended > away and s.begun < back
    ]
    unready = (s.ended for s in witness.of("ready") if s.status == BUSY and s.ended > away)
    return Verdict(
        not_ready_after=min(unready, default=float("inf")) - away,
        back_after=max(_first_done(witness, kind, back) for kind in ("ballot", "staff", "ready")),
        slowest_refusal=max(refusals, default=0.0),
        refused=len(refusals),
    )


def find_wrong(witness: Witness) -> list[str]:
    """Return what no client should have met: a fault, a refused read, a 503 without an absence."""
    return [
        f"{s.kind} got {s.status} after {s.ended - s.begun:.2f} s, begun {into:+.2f} s into it"
        for s in witness.samples
        for into in [min((s.begun - away for away, _ in witness.absences), key=abs, default=0.0)]
        if is_wrong(s, witness.absences)
    ]


def is_wrong(sample: Sample, absences: Sequence[tuple[float, float]]) -> bool:
    """Whether a client should not have met this."""
    if sample.kind == "read":
        return sample.status not in DONE
    if sample.status == BUSY:
        is_due = any(s.ended > a and s.begun < b + BACK_S for s in [sample] for a, b in absences)
        return not (is_due and sample.retry_after)
    return sample.status not in DONE


def _first_done(witness: Witness, kind: str, back: float) -> float:
    done = (s.ended for s in witness.of(kind) if s.status in DONE and s.ended > back)
    return min(done, default=float("inf")) - back


async def staff_token(client: httpx.AsyncClient) -> str:
    """Return a superintendent's token."""
    body = {"role": "borough_superintendent", "boroughs": [ALDER], "wards": [], "subject": "chief"}
    answer = await client.post("/evaluation/tokens", json=body)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token
