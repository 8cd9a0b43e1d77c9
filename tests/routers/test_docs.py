"""The page that explains the API: whole, strict, and asking nobody outside."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.support import Api, assert_problem

pytestmark = pytest.mark.anyio

VENDORED = Path(__file__).parents[2] / "app/static/swagger-ui"
ADDRESS = re.compile(r'(?:src|href)="(/[^"]+)"')


async def test_refuses_a_file_that_the_page_does_not_have(api: Api) -> None:
    assert_problem(await api.get("/docs/000000000000/init.js"), 404, "not_found")
    page = (await api.get("/docs")).text
    folder = ADDRESS.search(page).group(1).rpartition("/")[0]
    assert_problem(await api.get(f"{folder}/vendor.json"), 404, "not_found")
    assert_problem(await api.get(f"{folder}/..%2Fswagger-ui%2FLICENSE"), 404, "route_not_found")


async def test_shows_a_page_without_inline_script_under_a_strict_policy(api: Api) -> None:
    page = await api.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert re.findall(r"<script(?![^>]*src=)", page.text) == []
    assert "//" not in page.text.replace("<!doctype html>", "")


async def test_serves_every_file_of_the_page_for_ever_and_packed(api: Api) -> None:
    names = ADDRESS.findall((await api.get("/docs")).text)
    assert {name.rpartition("/")[2] for name in names} == {
        "init.js",
        "openapi.json",
        "swagger-ui-bundle.js",
        "swagger-ui.css",
    }
    for name in names:
        plain = await api.get(name, headers={"Accept-Encoding": "identity"})
        assert plain.status_code == 200
        assert plain.headers["etag"]
        if name == "/openapi.json":
            continue
        packed = await api.get(name, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content
        assert packed.headers["etag"] != plain.headers["etag"]
        assert "immutable" in plain.headers["cache-control"]
        again = await api.get(name, headers={"If-None-Match": packed.headers["etag"]})
        assert again.status_code == 304


async def test_describes_itself_in_openapi_without_its_own_pages(api: Api) -> None:
    answer = await api.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert "/v1/locate" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith(("/docs", "/openapi"))]
    again = await api.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_ships_the_vendored_files_as_published() -> None:
    told = json.loads((VENDORED / "vendor.json").read_text())
    assert (told["name"], told["licence"]) == ("swagger-ui-dist", "Apache-2.0")
    held = {path.name for path in VENDORED.iterdir()} - {"vendor.json"}
    assert held == set(told["files"])
    for name, digest in told["files"].items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest
    assert sum(path.stat().st_size for path in VENDORED.iterdir()) < 2_000_000
    assert len(gzip.compress((VENDORED / "swagger-ui-bundle.js").read_bytes())) < 600_000
