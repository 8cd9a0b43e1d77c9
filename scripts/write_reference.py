"""Write the reference pages that come from the code: docs/configuration.md and docs/errors.md.

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
from app.settings import Settings  # noqa: E402

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


PAGES = {"docs/configuration.md": configuration, "docs/errors.md": error_page}


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
