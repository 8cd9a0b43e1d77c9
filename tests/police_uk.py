"""A stand-in for data.police.uk: hand-made answers of the documented shapes; plainly synthetic."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import httpx
import shapely
from sqlalchemy import text

from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.operations.police_uk_report import SyncOrder, SyncReport
from app.operations.police_uk_sync import sync_police_uk
from app.progress import in_silence
from app.sources.pace import Pace
from app.sources.publisher import Publisher
from tests.factories import ALDER, LAYOUT, square

BASE = "https://police.example/api"
OPERATOR = Caller(subject="operator", role=Role.ADMIN)
MONTHS = ("2026-07", "2026-08", "2026-09")
Handler = Callable[[httpx.Request], httpx.Response | None]


def places() -> dict[str, tuple[int, int]]:
    """Return where each synthetic ward lies on the grid."""
    return {
        code: (row, column)
        for row, codes in enumerate(LAYOUT.values())
        for column, code in enumerate(codes)
    }


def ring_of(code: str) -> list[dict[str, str]]:
    """Return a ward's ring as the publisher gives it: text, latitude named first, unclosed."""
    corners = shapely.get_coordinates(square(*places()[code]))[:-1]
    return [{"latitude": f"{y:.6f}", "longitude": f"{x:.6f}"} for x, y in corners]


def crime(number: int, code: str, category: str = "burglary", month: str = "2026-09") -> Any:
    """Return one crime in the middle of a ward."""
    row, column = places()[code]
    middle = square(row, column).centroid
    return {
        "category": category,
        "location_type": "Force",
        "location": {
            "latitude": f"{middle.y:.6f}",
            "longitude": f"{middle.x:.6f}",
            "street": {"id": 1, "name": "On or near Synthetic Street"},
        },
        "context": "",
        "outcome_status": None,
        "persistent_id": "ab" * 32,
        "id": number,
        "location_subtype": "",
        "month": month,
    }


def priority(issue: str, **given: Any) -> dict[str, Any]:
    """Return a priority with the publisher's hyphens."""
    return {"issue": issue, "issue-date": "2026-04-14T00:00:00", "action": None,
            "action-date": None, **given}  # fmt: skip


def event(title: str, **given: Any) -> dict[str, Any]:
    """Return an event with the publisher's underscores and London's clock."""
    return {"title": title, "description": None, "address": "Synthetic Hall", "type": "meeting",
            "start_date": "2026-12-11T13:30:00", "end_date": None, "contact_details": {},
            **given}  # fmt: skip


@dataclass
class FakePoliceUk:
    """Answers by path; anything in `faults` comes first. Counts what it is asked."""

    neighbourhoods: list[Any]
    lists: dict[str, Any] = field(default_factory=dict)
    crimes: list[Any] = field(default_factory=list)
    faults: list[Handler] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    slept: list[float] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Return what the publisher would."""
        path = request.url.path.removeprefix("/api/")
        self.asked[path] += 1
        for fault in self.faults:
            given = fault(request)
            if given is not None:
                return given
        if path == "crimes-street/all-crime":
            return self._crimes(request)
        etag = {"etag": f'"{path}"'}
        return httpx.Response(200, json=self._list(path), headers=etag)

    def _list(self, path: str) -> Any:
        fixed = {
            "metropolitan/neighbourhoods": self.neighbourhoods,
            "crime-last-updated": {"date": "2026-09-01"},
            "crime-categories": [
                {"url": slug, "name": slug.title()} for slug in ("all-crime", "burglary", "drugs")
            ],
        }
        if path.endswith("/boundary"):
            fixed[path] = ring_of(path.split("/")[1][:9])
        return self.lists.get(path, fixed.get(path, []))

    def _crimes(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content.decode())
        form = parse_qs(request.content.decode())
        corners = [pair.split(",") for pair in form["poly"][0].split(":")]
        area = shapely.Polygon([(float(lng), float(lat)) for lat, lng in corners])
        inside = [c for c in self.crimes if c["month"] == form["date"][0] and _in(area, c)]
        return httpx.Response(200, json=inside)

    def publisher(self, **options: Any) -> Publisher:
        """Return the way to this publisher, on which no time passes."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        given = {"per_second": 5.0, "max_bytes": 1_000_000, "pace": Pace(1e9), **options}
        return Publisher(client, base_url=BASE, sleep=sleep, chance=lambda: 1.0, **given)

    async def sync(self, database: Database, now: datetime, **wanted: Any) -> SyncReport:
        """Sync Alder with this publisher."""
        return await sync_police_uk(
            database, self.publisher(), order_for(database, now, **wanted), in_silence
        )

    def total(self) -> int:
        """Return how often it was asked anything."""
        return self.asked.total()


def _in(area: shapely.Polygon, one: Any) -> bool:
    place = one["location"]
    return bool(area.covers(shapely.Point(float(place["longitude"]), float(place["latitude"]))))


def fake() -> FakePoliceUk:
    """Return a publisher that knows all of Alder, one ward with an N."""
    codes = LAYOUT[ALDER]
    ids = [codes[0], f"{codes[1]}N", codes[2]]
    return FakePoliceUk([{"id": one, "name": f"Synthetic {one}"} for one in ids])


def order_for(database: Database, now: Any, **wanted: Any) -> SyncOrder:
    """Return an order that writes as the command does."""
    return SyncOrder(OPERATOR, partial(unit_of_work, database), now, **{"borough": ALDER, **wanted})


def failing(path_end: str, *responses: httpx.Response, forever: bool = False) -> Handler:
    """Return a fault that answers the addresses ending so, some times or always."""
    left = list(responses)

    def fault(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(path_end):
            return None
        if forever:
            first = left[0]
            return httpx.Response(first.status_code, headers=first.headers, content=first.content)
        return left.pop(0) if left else None

    return fault


async def dump(database: Database) -> str:
    """Return everything the database holds, as text."""
    found: dict[str, list[str]] = {}
    async with database.reading() as session:
        if database.is_sqlite:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        else:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        names = sorted((await session.scalars(text(query))).all())
        for name in names:
            rows = await session.execute(text(f'SELECT * FROM "{name}"'))
            found[name] = sorted(repr(tuple(row)) for row in rows)
    return json.dumps(found)
