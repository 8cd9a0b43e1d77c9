"""No answer can be run, framed or sniffed: pages under a strict policy, all else inert (P13)."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.calls import Call, as_allowed, calls_of
from tests.factories import A1
from tests.routers.event_samples import published
from tests.support import Api

pytestmark = pytest.mark.anyio

FORBIDDEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:")
"""What no policy may allow scripts from."""
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|\son\w+\s*=|javascript:|<style|\sstyle\s*=", re.IGNORECASE
)
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\uff1d1+1", "\uff20SUM(1)")
RUNS = re.compile(r"[=+@\t\r\uff1d\uff0b\uff20\uff0d]|-(?![\d.]+$)")
"""What a spreadsheet takes for the beginning of a formula; a negative number is none."""
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%=7*7%>",
)


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {words[0]: words[1:] for words in parts}


def assert_inert(answer: httpx.Response) -> None:
    """Check what every answer must tell a browser."""
    where, headers = str(answer.request.url), answer.headers
    assert headers["x-content-type-options"] == "nosniff", where
    assert headers["referrer-policy"] == "no-referrer", where
    assert len(headers.get_list("content-security-policy")) == 1, where
    policy = directives(headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"], where
    assert policy["frame-ancestors"] == ["'none'"], where
    if not headers.get("content-type", "").startswith("text/html"):
        assert set(policy) == {"default-src", "frame-ancestors"}, where
        return
    assert headers["x-frame-options"] == "DENY", where
    assert headers["permissions-policy"], where
    assert not set(FORBIDDEN) & set(policy.get("script-src", [])), where
    assert "base-uri" in policy or "script-src" not in policy, where
    assert INLINE.search(answer.text) is None, where


async def answers(api: Api) -> AsyncIterator[httpx.Response]:
    """Every GET of the description with every format it offers, and the pages outside it."""
    document = api.app.openapi()
    for call in calls_of(document):
        if call.method == "GET" and "stream" not in call.path:
            caller = await as_allowed(api, call)
            for kind in ("*/*", "text/html"):
                yield await call.send(caller, headers={"accept": kind})
    for path in ("/docs", "/openapi.json", "/", "/absent", "/problems/not-found"):
        yield await api.get(path, headers={"accept": "text/html"})


async def test_every_answer_is_inert(api: Api) -> None:
    pages = 0
    async for answer in answers(api):
        assert_inert(answer)
        pages += answer.headers.get("content-type", "").startswith("text/html")
    assert pages >= 1


async def test_control_a_page_without_its_policy_is_noticed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import middleware

    monkeypatch.setattr(middleware, "ON_PAGES", ())
    with pytest.raises((AssertionError, KeyError)):
        assert_inert(await api.get("/docs"))


async def test_text_of_others_is_never_served_as_a_page(api: Api) -> None:
    admin = await api.as_("admin")
    for number, payload in enumerate(PAYLOADS):
        body = {"display_name": payload, "rank": payload[:40], "subject": f"{payload[:60]}{number}"}
        made = await admin.post("/v1/officers", json=body)
        assert made.status_code in {201, 422}, made.text
        assert made.headers["content-type"].partition(";")[0] in {
            "application/json",
            "application/problem+json",
        }
        echoed = await api.get(f"/v1/wards/{A1}", params={payload: payload})
        assert_inert(echoed)
        assert echoed.headers["content-type"] == "application/problem+json"


def csv_calls(document: dict[str, Any]) -> list[Call]:
    """Every call of the description that can answer with CSV."""
    paths = document["paths"]
    return [
        call
        for call in calls_of(document)
        if "text/csv" in str(paths[call.path][call.method.lower()]["responses"].get("200"))
    ]


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


async def test_no_csv_answer_holds_a_formula(api: Api) -> None:
    officer = await api.as_("ward_officer", wards=(A1,))
    for formula in FORMULAS:
        await published(officer, title=formula, place=formula)
    found = [call for call in csv_calls(api.app.openapi()) if call.method == "GET"]
    assert len(found) >= 3
    shown = ""
    for call in found:
        answer = await call.send(await as_allowed(api, call), headers={"accept": "text/csv"})
        assert answer.status_code in {200, 404}, (call.path, answer.text)
        if answer.status_code == 200:
            assert [cell for cell in cells(answer.text) if RUNS.match(cell)] == [], call.path
            shown += answer.text
    assert all(formula in shown for formula in FORMULAS)


def test_one_place_writes_csv() -> None:
    writers = [path.name for path in Path("app").rglob("*.py") if "csv.writer" in path.read_text()]
    assert writers == ["tables.py"]


def test_control_a_cell_left_as_it_is_would_run() -> None:
    assert all(RUNS.match(formula) for formula in FORMULAS)
