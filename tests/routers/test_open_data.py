"""Open data: every dataset in every format, by its own schema, and nothing that is not public."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from app.models.base import Base
from app.models.teams import Officer
from app.operations import open_data, open_data_registry
from app.operations.open_data_registry import DATASETS, NOT_PUBLISHED
from tests.factories import A1
from tests.open_data_content import fill
from tests.open_data_promises import CANARY, FORMULA
from tests.support import Api, assert_problem
from tests.table_schemas import Rows, faults, orphans, rows_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def full(api: Api) -> Api:
    """The service with a row in every table that open data reads."""
    await fill(api.app.state.database)
    return api


async def text_of(api: Api, name: str, kind: str = "csv") -> str:
    answer = await api.get(f"/v1/open-data/{name}", params={"f": kind})
    assert answer.status_code == 200, (name, kind, answer.text)
    return str(answer.content, "utf-8")


async def schema_of(api: Api, name: str) -> dict[str, Any]:
    answer = await api.get(f"/v1/open-data/{name}/schema")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def tables_of(api: Api) -> dict[str, Rows]:
    return {name: rows_of(await text_of(api, name)) for name in DATASETS}


def test_every_table_is_a_dataset_s_or_left_out_with_a_reason() -> None:
    told = {table for found in DATASETS.values() for table in found.origin.tables}
    assert told | NOT_PUBLISHED.keys() == set(Base.metadata.tables)
    assert told & NOT_PUBLISHED.keys() == set()
    assert all(reason.endswith(".") for reason in NOT_PUBLISHED.values())


def test_the_registry_says_what_may_be_empty_as_the_tables_do() -> None:
    for name, found in DATASETS.items():
        for column in found.columns:
            if getattr(column.source, "property", None) is not None:
                nullable = column.source.property.columns[0].nullable
                assert column.field.required is not nullable, (name, column.field.name)


def test_keys_and_references_name_what_there_is() -> None:
    for found in DATASETS.values():
        names = set(found.told.header)
        assert names >= set(found.told.primary_key)
        assert len(names) == len(found.told.header)
        for reference in found.told.references:
            assert names >= set(reference.fields), found.told.name
            assert set(DATASETS[reference.dataset].told.header) >= set(reference.there)


async def test_every_dataset_has_rows_that_fit_its_schema(full: Api) -> None:
    tables = await tables_of(full)
    assert [name for name, rows in tables.items() if not rows] == []
    for name, rows in tables.items():
        schema = await schema_of(full, name)
        assert list(faults(schema, rows)) == [], name
        assert list(orphans(name, schema, tables)) == []


async def test_the_validator_sees_what_does_not_fit(full: Api) -> None:
    schema = await schema_of(full, "abstractions")
    (row, *_) = rows_of(await text_of(full, "abstractions"))
    for change in (
        {"ward_code": "E09000001"},
        {"starts_on": "1.2.2026"},
        {"exceptional": "False"},
        {"role": ""},
    ):
        assert len(list(faults(schema, [{**row, **change}]))) == 1, change
    polls = await schema_of(full, "polls")
    tables = await tables_of(full) | {"rounds": []}
    assert list(orphans("polls", polls, tables)) != []
    twice = tables["polls"][:1] * 2
    assert list(faults(polls, twice)) != []


async def test_the_formats_say_the_same(full: Api) -> None:
    for name, found in DATASETS.items():
        rows = rows_of(await text_of(full, name))
        lines = [json.loads(line) for line in (await text_of(full, name, "jsonl")).splitlines()]
        assert len(lines) == len(rows)
        assert [list(line) for line in lines] == [found.told.header] * len(rows)
        if "geojson" in found.told.formats:
            document = json.loads(await text_of(full, name, "geojson"))
            assert [f["properties"] for f in document["features"]] == lines
            assert any(f["geometry"] for f in document["features"]), name
            assert len({f["id"] for f in document["features"]}) == len(lines)


async def test_reads_on_where_a_batch_ends(full: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await tables_of(full)
    files = full.app.state.open_data
    monkeypatch.setattr(open_data.batches, "__defaults__", (1,))
    files.forget()
    assert await tables_of(full) == whole


async def test_tells_nothing_that_is_not_public(full: Api) -> None:
    for name, found in DATASETS.items():
        for kind in found.told.formats:
            assert CANARY not in await text_of(full, name, kind), (name, kind)
    assert "7919" not in await text_of(full, "measure-values"), "the base of a hidden figure"
    assert CANARY not in (await full.get("/v1/changes")).text
    bundle = zipfile.ZipFile(io.BytesIO((await full.get("/v1/open-data-bundle")).content))
    assert not any(CANARY.encode() in bundle.read(name) for name in bundle.namelist())


async def test_control_a_private_column_is_noticed(
    full: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = open_data_registry.DATASETS["postings"]
    leak = open_data.column("subject", "string", Officer.subject, "Leaks.", optional=True)
    fields = (*told.told.fields, leak.field)
    leaking = replace(told, columns=(*told.columns, leak), told=replace(told.told, fields=fields))
    monkeypatch.setitem(open_data_registry.DATASETS, "postings", leaking)
    assert CANARY in await text_of(full, "postings")


async def test_a_result_is_told_as_its_own_address_tells_it(full: Api) -> None:
    results = rows_of(await text_of(full, "poll-results"))
    options = rows_of(await text_of(full, "poll-result-options"))
    assert sorted(row["disclosure"] for row in results) == ["exact", "rounded", "withheld"]
    for row in results:
        told = (await full.get(f"/v1/polls/{row['poll_id']}/result")).json()
        assert row["ballots"] == str(told["turnout"]["ballots"] or "")
        assert row["fewer_than"] == str(told["turnout"]["fewer_than"] or "")
        mine = {o["option_id"]: o["approvals"] for o in options if o["poll_id"] == row["poll_id"]}
        theirs = {o["id"]: o["approvals"] for o in told["options"] or []}
        assert mine == {key: "" if n is None else str(n) for key, n in theirs.items()}


async def test_formulas_are_disarmed_in_csv_only(full: Api) -> None:
    assert f"'{FORMULA}" in await text_of(full, "events")
    lines = [json.loads(line) for line in (await text_of(full, "events", "jsonl")).splitlines()]
    assert FORMULA in [line["title"] for line in lines]


async def test_the_catalogue_tells_terms_and_where_to_get_each(full: Api) -> None:
    document = (await full.get("/v1/open-data")).json()
    assert [found["name"] for found in document["resources"]] == list(DATASETS)
    for found in document["resources"]:
        assert found["licenses"]
        assert found["sources"]
        assert found["attribution"]
        assert found["schema"] == await schema_of(full, found["name"])
        path = found["path"].removeprefix(full.app.state.settings.base_url)
        assert (await full.get(path)).headers["content-type"].startswith("text/csv")


async def test_the_bundle_holds_everything_with_checksums(full: Api) -> None:
    answer = await full.get("/v1/open-data-bundle")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="ward-priorities-2026-10-01.zip"'
    )
    bundle = zipfile.ZipFile(io.BytesIO(answer.content))
    assert bundle.testzip() is None
    document = json.loads(bundle.read("datapackage.json"))
    paths = [found["path"] for found in document["resources"]]
    assert sorted([*paths, "datapackage.json"]) == sorted(bundle.namelist())
    assert {"data/wards.geojson", "data/boroughs.geojson"} < set(paths)
    for found in document["resources"]:
        body = bundle.read(found["path"])
        assert found["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
        assert found["bytes"] == len(body)
        assert found["licenses"]
        assert found["sources"]
        if found["format"] == "csv":
            assert found["rows"] == len(list(csv.reader(io.StringIO(body.decode())))) - 1
            assert body.decode() == await text_of(full, found["name"])


async def test_the_same_state_gives_the_same_bundle(full: Api) -> None:
    first = await full.get("/v1/open-data-bundle")
    full.app.state.open_data.forget()
    again = await full.get("/v1/open-data-bundle")
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    unchanged = await full.get(
        "/v1/open-data-bundle", headers={"If-None-Match": first.headers["etag"]}
    )
    assert unchanged.status_code == 304
    officer = await full.as_("ward_officer", wards=(A1,))
    body = {"kind": "patrol", "text": "Seen", "done_on": "2026-03-01"}
    (promise,) = rows_of(await text_of(full, "priorities"))
    made = await officer.post(f"/v1/priorities/{promise['id']}/actions", json=body)
    assert made.status_code == 201, made.text
    assert (await full.get("/v1/open-data-bundle")).content != first.content
    assert "Seen" in await text_of(full, "actions")


async def test_refuses_what_is_not_there(api: Api) -> None:
    assert_problem(await api.get("/v1/open-data/residents"), 404, "not_found")
    assert_problem(await api.get("/v1/open-data/residents/schema"), 404, "not_found")
    answer = await api.get("/v1/open-data/concerns", params={"f": "geojson"})
    assert_problem(answer, 406, "not_acceptable")
