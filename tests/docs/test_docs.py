"""The words for people name only what exists: pages, commands, addresses and tests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli import app as commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")}, key=lambda page: page.relative_to(ROOT)
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TARGET = re.compile(r"(?:^|`|&& )make ([a-z][a-z-]*)", re.MULTILINE)
COMMAND = re.compile(r"python -m app ([a-z][a-z-]*)")
ADDRESS = re.compile(r"/v1(?:/[\w.{}…-]+)+")
TEST_FILE = re.compile(r"tests/[\w/]+\.py")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ACCESS = {
    "open a counted poll's envelopes again": ("post", "/v1/polls/{poll_id}/second-openings"),
    "destroy a finished round's keys (two people)": (
        "post",
        "/v1/rounds/{round_id}/key-destruction",
    ),
    "cast their ballot": ("put", "/v1/polls/{poll_id}/ballot"),
    "see, state and erase what is known of them, sign out": ("delete", "/v1/me"),
    "hand out residence codes": ("post", "/v1/residence-codes"),
    "dispute a claim, withdraw and read one's own": ("post", "/v1/disputes"),
    "answer disputes": ("post", "/v1/disputes/{dispute_id}/answer"),
    "decide disputes (somebody who neither answered nor claimed)": (
        "post",
        "/v1/disputes/{dispute_id}/decision",
    ),
    "submit evidence": ("post", "/v1/evidence"),
    "prepare, change and record events": ("put", "/v1/events/{event_id}/record"),
    "edit priorities, record actions": ("patch", "/v1/priorities/{priority_id}"),
    "set priorities, record outcomes, refresh": ("post", "/v1/wards/{ward_code}/refreshes"),
    "record, correct and withdraw abstractions": ("post", "/v1/postings/{posting_id}/abstractions"),
    "enter officers, post them": ("post", "/v1/postings"),
    "let ballots out of quarantine, as one of two people": (
        "post",
        "/v1/polls/{poll_id}/quarantine-releases",
    ),
    "keep boards, and facilities with their hours": (
        "put",
        "/v1/facilities/{facility_id}/hours",
    ),
    "record what was published, and take a release back": (
        "post",
        "/v1/publications/{publication_code}/releases",
    ),
    "make rounds and polls": ("post", "/v1/polls"),
    "read postings and abstractions": ("get", "/v1/postings"),
    "put a boundary edition in force (two people while a poll is open)": (
        "post",
        "/v1/boundary-editions/{edition_id}/activation",
    ),
    "make, activate and revoke partner keys": ("patch", "/v1/partner-keys/{key_id}"),
    "see partner keys": ("get", "/v1/partner-keys"),
    "see what waits for a second person": ("get", "/v1/approvals"),
}
"""Lines of the access table in docs/api.md, each with an operation that it speaks of."""
FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)


def names(pattern: re.Pattern[str], text: str) -> set[str]:
    return set(pattern.findall(text))


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as code forges make them."""
    plain = (
        re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(FENCED.sub("", text))
    )
    return {title.strip().replace(" ", "-") for title in plain}


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Yield the relative links of a page that lead nowhere."""
    for link in LINK.findall(FENCED.sub("", text)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name if name else page).resolve()
        if not (target.exists() and target.is_relative_to(ROOT)) or (
            anchor and anchor not in anchors(target.read_text(encoding="utf-8"))
        ):
            yield link


def unknown_targets(text: str) -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return names(TARGET, text) - names(re.compile(r"^([a-z-]+):", re.MULTILINE), makefile)


def unknown_commands(text: str) -> set[str]:
    known: set[str] = set(getattr(get_command(commands), "commands", {}))
    return names(COMMAND, text) - known


def unknown_addresses(text: str, paths: list[str]) -> set[str]:
    """Return the addresses that no path of the API fits; `…` and `{name}` stand for anything."""
    return {
        address
        for address in names(ADDRESS, text)
        if not any(fits(address.rstrip("."), path) for path in paths)
    }


def fits(address: str, path: str) -> bool:
    given, wanted = address.split("/"), path.split("/")
    return len(given) == len(wanted) and all(
        part == step or step.startswith("{") for part, step in zip(given, wanted, strict=True)
    )


@pytest.fixture(scope="module")
def operations() -> dict[str, dict[str, Any]]:
    """The operations of the checked-in description, by path and method."""
    described: dict[str, Any] = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    return dict(described["paths"])


@pytest.fixture(scope="module")
def paths(operations: dict[str, dict[str, Any]]) -> list[str]:
    return list(operations)


def test_sees_what_leads_nowhere(paths: list[str]) -> None:
    page = ROOT / "README.md"
    assert list(dead_links(page, "[a](docs/nothing.md) [b](#no-such-part) [c](../out)")) == [
        "docs/nothing.md",
        "#no-such-part",
        "../out",
    ]
    assert list(dead_links(page, "[a](docs/index.md) [b](docs/index.md#decisions)")) == []
    assert unknown_targets("`make runs` and\nmake test\n, make sure") == {"runs"}
    assert unknown_commands("python -m app serve; python -m app dance") == {"dance"}
    bad = "/v1/ward/E05013714 /v1/wards/{code}/teams"
    assert unknown_addresses(bad, paths) == {"/v1/ward/E05013714", "/v1/wards/{code}/teams"}
    assert unknown_addresses("/v1/wards/E05013714/team?on=2026-01-01", paths) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_only_what_exists(page: Path, paths: list[str]) -> None:
    text = page.read_text(encoding="utf-8")
    assert list(dead_links(page, text)) == []
    assert unknown_targets(text) == set()
    assert unknown_commands(text) == set()
    assert unknown_addresses(text, paths) == set()


def test_every_threat_names_tests_that_exist() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = names(TEST_FILE, text)
    assert named
    assert {name for name in named if not (ROOT / name).is_file()} == set()
    threats = text.partition("| threat |")[2].partition("\n\n")[0].splitlines()[2:]
    assert [line for line in threats if not TEST_FILE.search(line)] == []


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = sorted(path.name for path in ROOT.glob("docs/decisions/*.md"))
    assert [name for name in pages if f"(decisions/{name})" not in index] == []


def access_table() -> dict[str, list[str]]:
    """Return the roles that docs/api.md names for each line of its access table."""
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    table = "| may |" + text.partition("| may |")[2].partition("\n\n")[0]
    head, _, *lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()
    ]
    return {
        line[0]: sorted(role for role, cell in zip(head, line, strict=True) if cell == "yes")
        for line in lines
    }


@pytest.mark.parametrize("act", ACCESS)
def test_the_access_table_says_what_the_description_says(
    act: str, operations: dict[str, dict[str, Any]]
) -> None:
    method, path = ACCESS[act]
    assert access_table()[act] == operations[path][method]["x-access"]
