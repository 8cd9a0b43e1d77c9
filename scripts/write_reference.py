"""Write the reference pages that come from the code: configuration, errors, data dictionary.

python scripts/write_reference.py            write them
python scripts/write_reference.py --check    say whether they are what the code gives
"""

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from app import problems  # noqa: E402 - a script finds the service only now
from app.domain.open_data import Description, Field  # noqa: E402 - the same
from app.operations.open_data_registry import DATASETS, NOT_PUBLISHED  # noqa: E402 - the same
from app.settings import Settings  # noqa: E402 - the same

GENERATED = "<!-- Written by scripts/write_reference.py: run `make docs` after a change. -->"


def cell(text: str) -> str:
    """Return text that stays in its cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def shown(default: Any) -> str:
    """Return a setting's default as an operator would type it."""
    if default is None or default == "":
        return "none"
    return f"`{default.value if isinstance(default, Enum) else default}`"


def configuration() -> Iterator[str]:
    """Yield the lines of the page about settings."""
    yield "# Configuration"
    yield ""
    yield GENERATED
    yield ""
    yield "Every setting is an environment variable. The service reads them once, at start, checks"
    yield "them together and refuses to start on an unsafe combination, in a sentence."
    yield ""
    yield "| variable | default | what it does |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        told = cell(field.description or "")
        yield f"| `{name.upper()}` | {shown(field.default)} | {told} |"


def error_page() -> Iterator[str]:
    """Yield the lines of the page about errors."""
    yield "# Errors"
    yield ""
    yield GENERATED
    yield ""
    yield "Every 4xx and 5xx answer is `application/problem+json` (RFC 9457): `type`, `title`,"
    yield "`status`, `detail`, the stable `code` of the tables below, `instance` (the request id,"
    yield "as in the `X-Request-ID` header) and `errors`, each with the JSON Pointer or parameter"
    yield "it is about. The `type` of a code is `/problems/` and the code with hyphens."
    yield ""
    yield "## Refusals of the service"
    yield ""
    yield "| code | status | title | when |"
    yield "|---|---|---|---|"
    for error in problems.all_error_classes():
        status = int(problems.status_of(error))
        told = cell((error.__doc__ or "").strip().partition("\n\n")[0])
        yield f"| `{error.code}` | {status} | {cell(error.title)} | {told} |"
    yield ""
    yield "## Refusals of the framework"
    yield ""
    yield "| code | status | title |"
    yield "|---|---|---|"
    for status, (code, title) in sorted(problems.FRAMEWORK_CODES.items()):
        yield f"| `{code}` | {status} | {cell(title)} |"


def data_dictionary() -> Iterator[str]:
    """Yield the lines of the page about open data's fields."""
    yield "# Data dictionary"
    yield ""
    yield GENERATED
    yield ""
    yield "Every dataset of [open data](open-data.md), field by field. Types are those of Table"
    yield "Schema; an empty cell is a missing value."
    for found in DATASETS.values():
        yield from dataset_lines(found.told)
    yield ""
    yield "## Not published"
    yield ""
    yield "| table | why |"
    yield "|---|---|"
    for table, reason in sorted(NOT_PUBLISHED.items()):
        yield f"| `{table}` | {cell(reason)} |"


def dataset_lines(told: Description) -> Iterator[str]:
    """Yield the lines about one dataset."""
    yield ""
    yield f"## `{told.name}`: {told.title}"
    yield ""
    yield told.description
    yield ""
    formats = ", ".join(f"`{name}`" for name in told.formats)
    yield f"* Formats: {formats}"
    if told.geometry is not None:
        yield f"* Shape, in GeoJSON: {told.geometry}"
    key = ", ".join(f"`{name}`" for name in told.primary_key)
    yield f"* Primary key: {key or 'none'}"
    for found in told.references:
        here, there = ", ".join(found.fields), ", ".join(found.there)
        yield f"* `{here}` refers to `{found.dataset}` (`{there}`)"
    yield f"* Licence: {told.licence.title}; source: {', '.join(told.sources)}"
    yield f"* Attribution: {told.attribution}"
    yield ""
    yield "| field | type | may be empty | what it says | values |"
    yield "|---|---|---|---|---|"
    yield from map(field_line, told.fields)


def field_line(field: Field) -> str:
    """Return the line about one field."""
    limits = "; ".join(limit_text(name, limit) for name, limit in field.constraints.items())
    empty = "no" if field.required else "yes"
    return f"| `{field.name}` | {field.kind} | {empty} | {cell(field.description)} | {limits} |"


def limit_text(name: str, limit: Any) -> str:
    """Return what a constraint allows."""
    if limit is True:
        return name
    return f"{name} " + ", ".join(f"`{one}`" for one in limit_values(limit))


def limit_values(limit: Any) -> list[Any]:
    """Return the values that a constraint names."""
    return limit if isinstance(limit, list) else [limit]


PAGES = {
    "docs/configuration.md": configuration,
    "docs/data-dictionary.md": data_dictionary,
    "docs/errors.md": error_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` return 1 when one is not up to date."""
    stale = []
    for name, page in PAGES.items():
        path, text = REPOSITORY / name, "\n".join(page()) + "\n"
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"{name} is not what the code gives: run `make docs`.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
