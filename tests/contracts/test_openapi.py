"""The checked-in description: what the code gives, valid, with examples that fit."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from app import problems
from scripts import write_openapi

ROOT = Path(__file__).parents[2]
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method.upper()} {path}", operation


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a value by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]


def test_is_what_the_code_gives() -> None:
    assert (ROOT / "openapi.json").read_text(encoding="utf-8") == write_openapi.render(), (
        "run `make openapi`"
    )


def test_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(document).validate()


def test_every_operation_has_an_id_of_its_own_and_a_summary(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) > 20
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["tags"], name
        assert "x-access" in operation, name


def test_every_request_body_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            assert media["example"], name
            assert faults(media["example"], media["schema"], document) == [], name


def test_an_example_that_does_not_fit_is_seen(document: dict[str, Any]) -> None:
    body = document["paths"]["/evaluation/tokens"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert faults({"role": "wizard", "subject": "sam"}, schema, document) != []


def test_every_problem_has_an_example_that_fits(document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Problem"}
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) < 400:
                continue
            assert set(answer["content"]) == {problems.MEDIA_TYPE}, (name, status)
            examples = answer["content"][problems.MEDIA_TYPE]["examples"]
            for code, example in examples.items():
                assert faults(example["value"], schema, document) == [], (name, code)
                assert example["value"]["code"] == code
                assert example["value"]["status"] == int(status)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    told = json.dumps(document)
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', told))
    assert len(references) > 20
    for reference in references:
        found: Any = document
        for part in reference.split("/"):
            assert part in found, reference
            found = found[part]


def test_tells_the_headers_that_a_write_needs(document: dict[str, Any]) -> None:
    def headers(path: str, method: str) -> set[str]:
        parameters = document["paths"][path][method].get("parameters", [])
        return {one["$ref"].rpartition("/")[2] for one in parameters if "$ref" in one}

    assert headers("/v1/events", "post") == {"Idempotency-Key"}
    assert headers("/v1/events/{event_id}", "patch") == {"If-Match"}
    assert headers("/v1/events", "get") == set()
