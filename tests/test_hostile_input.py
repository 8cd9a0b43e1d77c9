"""Whatever is sent to the readers of outside text: an answer or a refusal, never a fault (P5c)."""

import base64
import contextlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.domain.addresses import parse_address
from app.errors import BoundaryFileError, InvalidCursorError, ServiceError
from app.models.audit import AuditEntry
from app.models.polls import Round
from app.pagination import Key, decode_cursor
from app.sources.geojson import MAX_BYTES, read_collection
from tests.contracts.calls import as_allowed, calls_of
from tests.factories import A1
from tests.polling import leader_of, open_poll
from tests.support import Api

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection", 10**400, 1e308])
)
KEYS = st.sampled_from(["type", "features", "geometry", "coordinates", "properties", "crs", "x"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
COLLECTIONS = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(JSON, max_size=4) | JSON},
    optional={"crs": JSON, "metadata": JSON},
)
FEATURES = st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "properties": JSON,
        "geometry": st.fixed_dictionaries(
            {"type": st.sampled_from(["Polygon", "MultiPolygon"]), "coordinates": JSON}
        ),
    }
)
DEEPER = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection"), "features": st.lists(FEATURES, max_size=3)}
)
KINDS = (Key.integer(AuditEntry.position), Key.instant(Round.opens_at), Key(Round.title))
HOSTILE = (
    ["99999999999999999999"],
    ["-99999999999"],
    [10**30],
    [1e400],
    [True],
    [None],
    [["a"]],
    {"a": "b"},
    ["\x00"],
    ["\ud800"],
    ["2026-01-01"],
    ["2026-01-01T00:00:00"],
    ["0001-01-01T00:00:00+23:59"],
    ["9999-12-31T23:59:59-23:59"],
    ["x" * 300],
    ["٣"],
)


def cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.geojson"
    path.write_bytes(data)
    began = time.process_time()
    with contextlib.suppress(BoundaryFileError):
        read_collection(path)
    assert time.process_time() - began < 1


@EXAMPLES
@given(document=COLLECTIONS | JSON | DEEPER)
@example(
    document={
        "type": "FeatureCollection",
        "features": [{"properties": {}, "geometry": {"type": ["Polygon"]}}],
    }
)
def test_reads_or_refuses_any_document_as_boundaries(tmp_path: Path, document: Any) -> None:
    read(tmp_path, json.dumps(document).encode("utf-8", "surrogatepass"))


@EXAMPLES
@given(data=st.binary(max_size=300))
def test_reads_or_refuses_any_bytes_as_boundaries(tmp_path: Path, data: bytes) -> None:
    read(tmp_path, data)
    read(tmp_path, b"\x1f\x8b\x08" + data)


@EXAMPLES
@given(value=JSON, raw=st.text(max_size=60), key=st.sampled_from(KINDS))
def test_reads_or_refuses_any_cursor(value: Any, raw: str, key: Key) -> None:
    for text in (cursor(value), cursor([value]), raw):
        try:
            decode_cursor(text, [key])
        except InvalidCursorError:
            continue


@EXAMPLES
@given(text=st.text(max_size=400) | st.from_regex(r"[^@]{0,80}@[^@]{0,80}", fullmatch=True))
def test_reads_or_refuses_any_address(text: str) -> None:
    try:
        found = parse_address(text)
    except ServiceError:
        return
    assert found


@pytest.mark.anyio
async def test_no_list_fails_on_a_forged_cursor(api: Api) -> None:
    document = api.app.openapi()
    lists = [
        call
        for call in calls_of(document)
        if any(parameter["name"] == "cursor" for parameter in call.parameters)
    ]
    assert len(lists) >= 8
    for call in lists:
        caller = await as_allowed(api, call)
        for value in HOSTILE:
            answer = await call.send(caller, params={"cursor": cursor(value)})
            assert answer.status_code in {200, 400, 404, 422}, (call.path, value, answer.text)


@pytest.mark.anyio
async def test_no_ballot_body_is_a_fault(api: Api) -> None:
    poll = await open_poll(await leader_of(api))
    resident = await api.as_("resident", wards=(A1,))
    option = poll["options"][0]["id"]
    bodies = [{"approved_options": value} for value in (*HOSTILE, [option] * 100, option, [option])]
    for body in (*bodies, *HOSTILE, {"approved_options": [], "x": 1}):
        content = json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        path = f"/v1/polls/{poll['id']}/ballot"
        answer = await resident.put(path, content=content, headers=headers)
        assert answer.status_code in {200, 201, 400, 422}, (body, answer.text)


BOMB = """
import app.terminal as terminal
terminal.MEMORY_BYTES = {limit}
from app.cli import app
app(["import-wards", "{path}", "--dry-run"])
"""


@pytest.mark.parametrize(("limit", "words"), [(700_000_000, "memory"), (8_000_000_000, "feature")])
def test_a_file_that_swells_in_memory_is_refused_within_the_limit(
    tmp_path: Path, template_sqlite: Path, limit: int, words: str
) -> None:
    path = tmp_path / "bomb.geojson"
    head, tail = b'{"type":"FeatureCollection","features":[', b"{}]}"
    path.write_bytes(head + b"{}," * ((MAX_BYTES - 100) // 3) + tail)
    done = subprocess.run(
        [sys.executable, "-c", BOMB.format(limit=limit, path=path)],
        env={
            "DATABASE_URL": f"sqlite:///{template_sqlite}",
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3_000_000
