"""Wards over HTTP: lists, maps, one ward through the years, days for which nothing is known."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import shapely

from app.answers import accepts_gzip
from app.database import Database
from app.dependencies import unit_of_work
from app.domain.identity import Caller, Role
from app.operations import edition_plans, editions
from app.operations.edition_plans import Wish
from app.sources.boundaries import read_wards
from tests.boundary_files import write
from tests.factories import A1, A2, A3, ALDER, B1, BIRCH, CITY, ORIGIN, STEP, centre
from tests.operations.test_editions import NEW_1, NEW_2, redrawn
from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

OPERATOR = Caller(subject="operator", role=Role.ADMIN)


async def bring_in(api: Api, path: Path, valid_from: date) -> None:
    """Import a file as the operator would, and let this process take it over."""
    database: Database = api.app.state.database
    now = datetime(2026, 11, 21, tzinfo=UTC)
    async with database.reading() as session:
        known = await edition_plans.known_boroughs(session)
        file = read_wards(path, {code: shape for code, (_, shape) in known.items()})
        wish = Wish(valid_from=valid_from)
        plan = await edition_plans.plan_import(session, file, wish, [], today=now.date())
    async with unit_of_work(database, api.app.state.answers) as session:
        edition = await editions.load_edition(session, plan, OPERATOR, now=now)
        await editions.activate_edition(session, edition, OPERATOR, now=now, today=now.date())
    await api.app.state.atlas.refresh()


@pytest.mark.parametrize(
    "bbox", ["1,2,3", "a,b,c,d", "1,1,0,2", "0,51,1,91", "nan,51,1,52", "0,51,inf,52"]
)
async def test_refuses_a_box_that_is_none(api: Api, bbox: str) -> None:
    assert_problem(await api.get("/v1/wards", params={"bbox": bbox}), 422, "invalid_request")


async def test_refuses_a_format_it_does_not_offer(api: Api) -> None:
    assert_problem(await api.get("/v1/wards", params={"f": "ics"}), 406, "not_acceptable")
    assert_problem(await api.get("/v1/boroughs", params={"f": "csv"}), 406, "not_acceptable")


async def test_refuses_a_cursor_of_another_list(api: Api) -> None:
    for cursor in ("rubbish", "WzFd", "WyJhIiwiYiJd"):
        answer = await api.get("/v1/wards", params={"cursor": cursor})
        assert_problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize("path", ["/v1/wards", "/v1/locate?lat=51.505&lng=-0.095"])
async def test_says_from_when_boundaries_are_known(api: Api, path: str) -> None:
    answer = await api.get(f"{path}{'&' if '?' in path else '?'}as_of=2010-01-01")
    problem = assert_problem(answer, 404, "boundaries_unknown")
    assert "2022-05-05" in problem["detail"]


async def test_refuses_a_day_in_the_future(api: Api) -> None:
    assert_problem(await api.get("/v1/wards?as_of=2999-01-01"), 422, "invalid_request")


async def test_refuses_a_ward_nobody_knows(api: Api) -> None:
    assert_problem(await api.get("/v1/wards/E05999999"), 404, "not_found")
    assert_problem(await api.get(f"/v1/wards/{A1}?as_of=2010-01-01"), 404, "not_found")


async def test_pages_through_all_wards_in_order_of_code(api: Api) -> None:
    codes, path = [], "/v1/wards?limit=3"
    while path:
        page = (await api.get(path)).json()
        codes += [item["code"] for item in page["items"]]
        path = page["next"]
    assert len(codes) == 7
    assert codes == sorted(codes)


async def test_lists_the_wards_of_a_borough_and_of_a_box(api: Api) -> None:
    answer = await api.get("/v1/wards", params={"borough": BIRCH, "limit": 1})
    item = answer.json()["items"][0]
    assert item == {
        "code": B1,
        "name": "Birch 1",
        "borough": {"code": BIRCH, "name": "Birch"},
        "police_force": "metropolitan",
        "boundary_status": "indicative",
    }
    inside = centre(0, 0)
    box = f"{inside['lng']},{inside['lat']},{inside['lng']},{inside['lat']}"
    found = (await api.get("/v1/wards", params={"bbox": box})).json()["items"]
    assert [ward["code"] for ward in found] == [A1]
    assert (await api.get(f"/v1/wards?borough={BIRCH}&bbox={box}")).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "number"),
    [("", 7), (f"&borough={ALDER}", 3), ("&bbox=-0.099,51.501,-0.098,51.502", 1)],
)
async def test_draws_wards_as_geojson(api: Api, query: str, number: int) -> None:
    answer = await api.get(f"/v1/wards?f=geojson{query}")
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert (document["type"], len(document["features"])) == ("FeatureCollection", number)
    first = document["features"][0]
    assert (first["id"], first["properties"]["borough"]["code"]) == (A1, ALDER)
    assert first["geometry"]["type"] == "MultiPolygon"
    shape = shapely.geometry.shape(first["geometry"])
    assert shape.is_valid
    assert shapely.is_ccw(shape.geoms[0].exterior)


async def test_sends_the_map_compressed_to_whoever_takes_it_with_a_tag_of_its_own(api: Api) -> None:
    path = "/v1/wards?f=geojson"
    plain = await api.get(path, headers={"Accept-Encoding": "identity"})
    packed = await api.get(path, headers={"Accept-Encoding": "br;q=1, gzip;q=0.5"})
    refused = await api.get(path, headers={"Accept-Encoding": "gzip;q=0, *"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in refused.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert "Accept-Encoding" in packed.headers["vary"]
    headers = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
    assert (await api.get(path, headers=headers)).status_code == 304
    async with api.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as raw:
        body = b"".join([part async for part in raw.aiter_raw()])
    assert json.loads(gzip.decompress(body)) == plain.json()


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (b"gzip", True),
        (b"*", True),
        (b"gzip;q=0", False),
        (b"GZIP ; q=0.000, br", False),
        (b"", False),
        (b"br", False),
        (b"*;q=0, gzip;q=0.1", True),
        (b"identity, gzip;q=1", True),
    ],
)
def test_reads_which_encodings_a_client_takes(*, header: bytes, taken: bool) -> None:
    assert accepts_gzip(header) is taken


async def test_writes_wards_as_csv(api: Api) -> None:
    answer = await api.get("/v1/wards?f=csv")
    lines = answer.text.splitlines()
    assert lines[0] == "code,name,borough_code,borough_name,police_force,boundary_status"
    assert lines[1] == f"{A1},Alder 1,{ALDER},Alder,metropolitan,indicative"
    assert len(lines) == 8


async def test_draws_the_boroughs(api: Api) -> None:
    document = (await api.get("/v1/boroughs?f=geojson")).json()
    assert [feature["id"] for feature in document["features"]] == [CITY, ALDER, BIRCH]


async def test_tells_one_ward(api: Api) -> None:
    ward = (await api.get(f"/v1/wards/{A1}")).json()
    assert (ward["status"], ward["valid_from"], ward["valid_to"]) == ("active", "2022-05-05", None)
    assert (ward["successors"], ward["predecessors"]) == ([], [])
    assert ward["area_km2"] == pytest.approx(0.77, abs=0.01)
    assert ward["centroid"] == {"lat": 51.505, "lng": -0.095}
    assert ward["borough"] == {"code": ALDER, "name": "Alder"}


async def test_a_retired_code_still_resolves_and_names_its_successors(
    api: Api, tmp_path: Path
) -> None:
    await bring_in(api, write(tmp_path / "w.geojson", redrawn()), date(2026, 5, 7))
    answer = await api.get(f"/v1/wards/{A2}")
    ward = answer.json()
    assert (answer.status_code, ward["status"], ward["valid_to"]) == (200, "retired", "2026-05-07")
    shares = [(s["code"], round(s["share_of_area"], 6)) for s in ward["successors"]]
    assert shares == [(NEW_2, 0.75), (NEW_1, 0.25)]
    assert f'</v1/wards/{NEW_2}>; rel="successor-version"' in answer.headers["link"]
    assert (await api.get(f"/v1/wards/{A2}/boundary")).json()["id"] == A2
    assert_problem(await api.get(f"/v1/wards/{A2}?as_of=2026-06-01"), 404, "not_found")
    assert (await api.get(f"/v1/wards/{A2}?as_of=2023-06-01")).json()["status"] == "retired"
    kept = (await api.get(f"/v1/wards/{A3}")).json()
    assert (kept["status"], kept["successors"]) == ("active", [])


async def test_answers_for_the_edition_of_the_day_asked_about(api: Api, tmp_path: Path) -> None:
    await bring_in(api, write(tmp_path / "w.geojson", redrawn()), date(2018, 5, 3))
    spot = {"lng": ORIGIN[0] + 1.1 * STEP, "lat": ORIGIN[1] + STEP / 2}
    now = (await api.get("/v1/locate", params=spot)).json()
    then = (await api.get("/v1/locate", params={**spot, "as_of": "2019-01-01"})).json()
    assert (now["ward"]["code"], then["ward"]["code"]) == (A2, NEW_1)
    listed = (await api.get("/v1/wards?as_of=2019-01-01&f=csv")).text
    assert NEW_1 in listed
    assert A2 not in listed
    assert_problem(await api.get("/v1/wards?as_of=2018-05-02"), 404, "boundaries_unknown")


async def test_follows_a_postcode_where_its_ward_is_certain_and_refuses_elsewhere(
    api: Api, tmp_path: Path
) -> None:
    await bring_in(api, write(tmp_path / "w.geojson", redrawn()), date(2026, 5, 7))
    moved = (await api.get("/v1/locate?postcode=AL1 1AA")).json()
    assert (moved["ward"]["code"], moved["certainty"]) == (NEW_1, "exact")
    answer = await api.get("/v1/locate?postcode=AL1 2AA")
    assert_problem(answer, 404, "postcode_not_found")
    before = (await api.get("/v1/locate?postcode=AL1 2AA&as_of=2024-01-01")).json()
    assert before["ward"]["code"] == A2


async def test_a_point_on_a_shared_line_lies_in_the_ward_of_the_lowest_code(api: Api) -> None:
    line = {"lng": ORIGIN[0] + STEP, "lat": ORIGIN[1] + STEP / 2}
    assert (await api.get("/v1/locate", params=line)).json()["ward"]["code"] == A1
    corner = {"lng": ORIGIN[0] + STEP, "lat": ORIGIN[1] + STEP}
    assert (await api.get("/v1/locate", params=corner)).json()["ward"]["code"] == A1
