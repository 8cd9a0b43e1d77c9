"""What is told of a dataset: its fields, keys, terms and sources, as Frictionless Data has it.

A dataset's Table Schema and its entry in a data package (datapackage.org, version 2) are made from
one description, so that neither can say anything else than what is written.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID

PACKAGE_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SCHEMA_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"

Kind = Literal[
    "string", "integer", "number", "boolean", "date", "datetime", "yearmonth", "array", "object"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, its type in Table Schema, what it says, and what it may hold."""

    name: str
    kind: Kind
    description: str
    required: bool = True
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields whose values are found in another dataset."""

    fields: tuple[str, ...]
    dataset: str
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms under which rows may be used."""

    name: str
    title: str
    path: str

    def as_json(self) -> dict[str, str]:
        """Return the licence as a data package has it."""
        return {"name": self.name, "title": self.title, "path": self.path}


OPEN_GOVERNMENT = Licence(
    "OGL-UK-3.0",
    "Open Government Licence v3.0",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
)


@dataclass(frozen=True, slots=True)
class Description:
    """All that is told of a dataset."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    references: tuple[Reference, ...]
    sources: tuple[str, ...]
    attribution: str
    licence: Licence
    geometry: str | None
    """What the shape of a row is, where GeoJSON is offered too."""

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats in which the dataset is given out, the usual one first."""
        return ("csv", "jsonl") if self.geometry is None else ("csv", "jsonl", "geojson")

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.fields]


def table_schema(told: Description) -> dict[str, Any]:
    """Return the Table Schema of a dataset's rows."""
    schema: dict[str, Any] = {
        "$schema": SCHEMA_PROFILE,
        "fields": [_field(column) for column in told.fields],
        "missingValues": [""],
    }
    if told.primary_key:
        schema["primaryKey"] = list(told.primary_key)
    if told.references:
        schema["foreignKeys"] = [_reference(told, found) for found in told.references]
    return schema


def _field(column: Field) -> dict[str, Any]:
    constraints = {"required": column.required, **column.constraints}
    return {
        "name": column.name,
        "type": column.kind,
        "description": column.description,
        "constraints": constraints,
    }


def _reference(told: Description, found: Reference) -> dict[str, Any]:
    there: dict[str, Any] = {"fields": list(found.there)}
    if found.dataset != told.name:
        there["resource"] = found.dataset
    return {"fields": list(found.fields), "reference": there}


def resource(told: Description, path: str) -> dict[str, Any]:
    """Return a dataset's CSV file as an entry of a data package."""
    return {
        "name": told.name,
        "type": "table",
        "title": told.title,
        "description": told.description,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "licenses": [told.licence.as_json()],
        "sources": [{"title": title} for title in told.sources],
        "attribution": told.attribution,
        "schema": table_schema(told),
    }


def package(resources: Sequence[Mapping[str, Any]], *, created: datetime | None) -> dict[str, Any]:
    """Return a data package with these resources; `created` is when the data last changed."""
    document: dict[str, Any] = {
        "$schema": PACKAGE_PROFILE,
        "name": "ward-priorities",
        "title": "Ward Priorities: everything public",
        "description": "Ward teams, priorities, polls, events and the evidence they rest on.",
        "licenses": [OPEN_GOVERNMENT.as_json()],
        "resources": list(resources),
    }
    if created is not None:
        document["created"] = plain(created)
    return document


def plain(value: Any) -> Any:
    """Return a value as JSON has it: instants in UTC with a trailing Z, days and ids as text."""
    match value:
        case datetime():
            found: Any = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            found = value.isoformat()
        case UUID():
            found = str(value)
        case bytes():
            found = value.hex()
        case _:
            found = value
    return found


def cell(value: Any) -> Any:
    """Return a value as a CSV file has it: lists and objects as JSON text."""
    found = plain(value)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, dict | list):
        return json_text(found)
    return found


def json_text(value: Any) -> str:
    """Return JSON that is the same for the same value, whatever order a database keeps."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
