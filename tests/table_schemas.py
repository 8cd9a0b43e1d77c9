"""A small validator of CSV and JSON rows against their Table Schema; it says what is wrong."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

Rows = list[dict[str, str]]


def rows_of(text: str) -> Rows:
    """Return the rows of a CSV file by column."""
    return list(csv.DictReader(io.StringIO(text)))


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _instant(text: str) -> datetime:
    if not text.endswith("Z"):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _month(text: str) -> str:
    date.fromisoformat(f"{text}-01")
    return text


def _json(kind: type) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if not isinstance(found := json.loads(text), kind):
            raise TypeError(text)
        return found

    return read


READERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": _boolean,
    "date": date.fromisoformat,
    "datetime": _instant,
    "yearmonth": _month,
    "array": _json(list),
    "object": _json(dict),
}


def faults(schema: Mapping[str, Any], rows: Rows) -> Iterator[str]:
    """Yield what is wrong with rows by their own schema; foreign keys are another matter."""
    names = [field["name"] for field in schema["fields"]]
    for number, row in enumerate(rows):
        if list(row) != names:
            yield f"row {number} has the columns {list(row)}"
        for field in schema["fields"]:
            yield from (f"row {number}: {f}" for f in _cell_faults(field, row[field["name"]]))
    if key := schema.get("primaryKey"):
        yield from _repeated(key, rows)
    for field in schema["fields"]:
        if field["constraints"].get("unique"):
            yield from _repeated([field["name"]], rows)


def _repeated(key: list[str], rows: Rows) -> Iterator[str]:
    found = [tuple(row[name] for name in key) for row in rows]
    if len(set(found)) < len(found):
        yield f"{key} is not unique"


def _cell_faults(field: Mapping[str, Any], text: str) -> Iterator[str]:
    name, told = field["name"], field["constraints"]
    if text == "":
        if told["required"]:
            yield f"{name} is missing"
        return
    try:
        value = READERS[field["type"]](text)
    except (ValueError, KeyError, TypeError):
        yield f"{name} is no {field['type']}: {text!r}"
        return
    if "pattern" in told and not re.fullmatch(told["pattern"], text):
        yield f"{name} does not match: {text!r}"
    if "enum" in told and text not in told["enum"]:
        yield f"{name} is none of its values: {text!r}"
    if "minimum" in told and value < told["minimum"]:
        yield f"{name} is too small: {text!r}"
    if "maximum" in told and value > told["maximum"]:
        yield f"{name} is too large: {text!r}"


def orphans(name: str, schema: Mapping[str, Any], tables: Mapping[str, Rows]) -> Iterator[str]:
    """Yield references of a table's rows to rows that are not there."""
    for key in schema.get("foreignKeys", ()):
        there = key["reference"].get("resource", name)
        known = {tuple(row[f] for f in key["reference"]["fields"]) for row in tables[there]}
        for row in tables[name]:
            values = tuple(row[field] for field in key["fields"])
            if "" not in values and values not in known:
                yield f"{name}: {values} is not in {there}"
