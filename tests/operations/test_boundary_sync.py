"""Boundaries from the Open Geography Portal: paged, counted, checked, the same as from a file."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from sqlalchemy import select

from app.database import Database
from app.dependencies import unit_of_work
from app.errors import BoundaryFileError, SourceAwayError, SourceError, SourceMalformedError
from app.models.sources import SourceCopy
from app.models.wards import BoundaryEdition, Ward
from app.operations import edition_plans
from app.operations.boundary_sync import BoundaryOrder, sync_boundaries
from app.operations.edition_imports import Verdict
from app.operations.edition_plans import Wish
from app.progress import in_silence
from app.settings import ROOT
from app.sources import ons_layers
from app.sources.boundaries import read_wards
from app.sources.ons_layers import Layer, read_layers
from app.sources.pace import Pace
from app.sources.publisher import Publisher
from tests.boundary_files import wards, write
from tests.police_uk import OPERATOR, dump

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
LAYER = Layer(label="2025-12", layer="WD_SYNTHETIC", code="WD25CD", name="WD25NM",
              borough="LAD25CD", valid_from=date(2022, 5, 5))  # fmt: skip


class Portal:
    """Gives features page by page as an ArcGIS server does; `spoil` may replace an answer."""

    def __init__(self, features: list[Any], most: int = 1000) -> None:
        self.features, self.most = features, most
        self.asked: list[dict[str, str]] = []
        self.spoil: Callable[[dict[str, str]], httpx.Response | None] = lambda _: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        self.asked.append(query)
        spoilt = self.spoil(query)
        if spoilt is not None:
            return spoilt
        if "returnCountOnly" in query:
            return httpx.Response(200, json={"count": len(self.features)})
        start = int(query["resultOffset"])
        size = min(int(query["resultRecordCount"]), self.most)
        page = [
            {**feature, "id": start + n, "properties": {**feature["properties"], "FID": start + n}}
            for n, feature in enumerate(self.features[start : start + size])
        ]
        document: dict[str, Any] = {"type": "FeatureCollection", "features": page}
        if start + size < len(self.features):
            document["properties"] = {"exceededTransferLimit": True}
        return httpx.Response(200, json=document)

    def publisher(self) -> Publisher:
        async def sleep(seconds: float) -> None:
            del seconds

        client = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return Publisher(client, base_url="https://portal.example/services", per_second=1,
                         max_bytes=5_000_000, pace=Pace(1e9), sleep=sleep)  # fmt: skip


async def sync(database: Database, portal: Portal, **wanted: Any) -> Any:
    order = BoundaryOrder(
        OPERATOR,
        partial(unit_of_work, database),
        NOW,
        NOW.date(),
        Wish(LAYER.valid_from),
        **wanted,
    )
    return await sync_boundaries(
        database,
        portal.publisher(),
        layer=LAYER,
        controls=[],
        order=order,
        progress=in_silence,
    )


async def wards_in_force(database: Database) -> list[tuple[Any, ...]]:
    statement = (
        select(Ward.code, Ward.name, Ward.borough_code, Ward.boundary_sha256, Ward.boundary_status)
        .join(BoundaryEdition, BoundaryEdition.id == Ward.edition_id)
        .where(BoundaryEdition.status == "active")
        .order_by(Ward.code)
    )
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(statement)]


@pytest.mark.parametrize("most", [1000, 3])
async def test_gives_what_importing_the_same_file_gives(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(ons_layers, "PAGE", 4)
    features = wards()
    features[0]["properties"]["WD25NM"] = "Alder Green"
    portal = Portal(features, most)
    outcome = await sync(database, portal)
    assert (outcome.verdict, outcome.stale_since) == (Verdict.DONE, None)
    pages = [int(query["resultOffset"]) for query in portal.asked[1:]]
    assert pages == ([0, 4] if most > 4 else [0, 3, 6])
    assert {query["where"] for query in portal.asked} == {"LAD25CD LIKE 'E09%'"}
    assert {query.get("orderByFields") for query in portal.asked[1:]} == {"WD25CD"}
    synced = await wards_in_force(database)
    path = write(tmp_path / "same.geojson", features)
    async with database.reading() as session:
        boroughs = await edition_plans.known_boroughs(session)
        file = read_wards(path, {code: shape for code, (_, shape) in boroughs.items()})
        plan = await edition_plans.plan_import(
            session, file, Wish(LAYER.valid_from), [], today=NOW.date()
        )
    assert plan.changes_nothing, plan.diff
    assert "Alder Green" in {name for _, name, *_ in synced}
    assert await sync_again(database, portal) is Verdict.NOTHING_CHANGED


async def sync_again(database: Database, portal: Portal) -> Verdict:
    before = len(portal.asked)
    verdict: Verdict = (await sync(database, portal)).verdict
    assert len(portal.asked) == before  # the hour's pages are not asked for again
    return verdict


ERROR = {"error": {"code": 400, "message": "Invalid or missing input parameters.", "details": []}}
SPOILT = {
    "error with status 200": httpx.Response(200, json=ERROR),
    "no features": httpx.Response(200, json={"type": "FeatureCollection"}),
    "features of no kind": httpx.Response(200, json={"type": "FeatureCollection", "features": [1]}),
    "a page of HTML": httpx.Response(200, content=b"<html>"),
    "truncated": httpx.Response(200, content=b'{"type": "FeatureCollection", "features": [{'),
    "a list": httpx.Response(200, json=[]),
    "oversized": httpx.Response(200, content=b" " * 5_000_001),
    "empty": httpx.Response(200, json={"type": "FeatureCollection", "features": []}),
    "refused": httpx.Response(404),
    "away": httpx.Response(500),
}


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("what", ["returnCountOnly", "resultOffset"])
async def test_changes_nothing_where_an_answer_is_not_what_it_should_be(
    database: Database, kind: str, what: str
) -> None:
    portal = Portal(wards())
    spoilt = SPOILT[kind]

    def spoil(query: dict[str, str]) -> httpx.Response | None:
        if what not in query:
            return None
        return httpx.Response(spoilt.status_code, content=spoilt.content)

    portal.spoil = spoil
    before = await dump(database)
    with pytest.raises(SourceAwayError if kind == "away" else SourceError):
        await sync(database, portal)
    assert await dump(database) == before
    portal.spoil = lambda _: None
    assert (await sync(database, portal)).verdict is Verdict.DONE  # the control


async def test_refuses_fewer_and_more_wards_than_the_server_counts(database: Database) -> None:
    portal = Portal(wards())
    for count in (6, 8, 0, True, "7", 999_999):
        portal.spoil = lambda query, count=count: (
            httpx.Response(200, json={"count": count}) if "returnCountOnly" in query else None
        )
        with pytest.raises(SourceMalformedError):
            await sync(database, portal)


async def test_refuses_what_a_file_would_be_refused_for(database: Database) -> None:
    twice = wards()
    twice[1]["properties"]["WD25CD"] = twice[0]["properties"]["WD25CD"]
    before = await dump(database)
    with pytest.raises(BoundaryFileError, match="twice"):
        await sync(database, Portal(twice))
    few = await sync(database, Portal(wards()[:4]))
    assert few.verdict is Verdict.REFUSED
    assert few.plan.refusals
    assert await dump(database) == before


async def test_a_dry_run_writes_nothing_at_all(database: Database) -> None:
    before = await dump(database)
    outcome = await sync(database, Portal(wards()), dry_run=True)
    assert outcome.verdict is Verdict.DONE
    assert await dump(database) == before


async def test_keeps_pages_with_where_they_are_from(database: Database) -> None:
    await sync(database, Portal(wards()))
    async with database.reading() as session:
        copies = list(await session.scalars(select(SourceCopy)))
    assert {copy.source for copy in copies} == {"ons_boundaries"}
    assert all("LAD25CD%20LIKE%20%27E09%25%27" in copy.url for copy in copies)
    assert {copy.licence for copy in copies} == {"Open Government Licence v3.0"}


def test_the_manifest_that_ships_names_each_layer_once() -> None:
    layers = read_layers(ROOT / "geo" / "layers.json")
    assert layers["2025-12"].layer == "WD_DEC_2025_UK_BGC"
    assert layers["2025-12"].where == "LAD25CD LIKE 'E09%'"


@pytest.mark.parametrize(
    "spoilt", ['{"layers": [{}]}', "[]", '{"layers": [{"label": "x", "code": "A\' OR 1=1"}]}', "{"]
)
def test_refuses_a_manifest_that_is_none(tmp_path: Path, spoilt: str) -> None:
    path = tmp_path / "layers.json"
    path.write_text(spoilt)
    with pytest.raises(BoundaryFileError):
        read_layers(path)
