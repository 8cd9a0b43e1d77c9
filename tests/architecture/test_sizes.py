"""Files and functions stay small enough to be read at one sitting (HOUSE_STYLE)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_LINES, TEST_LINES, FUNCTION_LINES, ROUTE_LINES = 300, 400, 40, 15
LONGER_FUNCTIONS = {
    "benchmarks/textbook.py:create_app",  # the textbook writes it so
}
FOLDERS = ("app", "scripts", "benchmarks", "tests", "tools")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(source: str) -> Iterator[tuple[Function, int]]:
    """Yield each function with the lines of its body, docstring left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node, (node.end_lineno - body[0].lineno + 1) if body else 0


def too_long(name: str, source: str) -> list[str]:
    """Return what is too long in a file, in words."""
    found = []
    limit = TEST_LINES if name.startswith("tests/") else MODULE_LINES
    if (lines := source.count("\n")) > limit:
        found.append(f"{name} has {lines} lines; {limit} are the most")
    for function, lines in functions_of(source):
        is_route = name.startswith("app/routers/") and function.decorator_list
        limit = ROUTE_LINES if is_route else FUNCTION_LINES
        if lines > limit and f"{name}:{function.name}" not in LONGER_FUNCTIONS:
            found.append(f"{name}:{function.name} has {lines} lines; {limit} are the most")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_or_function_is_too_long(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    assert too_long(name, path.read_text(encoding="utf-8")) == []


def test_refuses_what_is_too_long() -> None:
    body = "    x = 1\n" * 41
    assert too_long("app/x.py", "x = 1\n" * 301) != []
    assert too_long("tests/x.py", "x = 1\n" * 401) != []
    assert too_long("app/x.py", f"def f():\n{body}") != []
    assert too_long("app/routers/x.py", f"@router.get\ndef f():\n{body[:160]}") != []
    assert too_long("app/routers/x.py", f"def f():\n{body[:160]}") == []
