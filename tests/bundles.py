"""Polls whose bundles tests look at: ballots, replaced ones and covers, through the real close."""

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.polling import fill_box, leader_of, move, open_poll
from tests.support import Api

VERIFIER = Path(__file__).parents[1] / "tools" / "verify_poll.py"
SHARED = [[0, 1]] * 14 + [[2]] * 11 + [[1, 3]] * 7 + [[3]] * 4
"""Enough ballots, and enough of each kind, to show the opened list to everybody."""


def load_verifier(source: str | None = None) -> ModuleType:
    """Return the verifier as a module, or an altered one from its source."""
    spec = importlib.util.spec_from_file_location("verify_poll", VERIFIER)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    text = VERIFIER.read_text(encoding="utf-8") if source is None else source
    exec(compile(text, str(VERIFIER), "exec"), vars(module))  # noqa: S102 - our own, perhaps altered
    return module


def told_by(verifier: ModuleType, bundle: Any, *more: Any) -> list[str]:
    """Return what the verifier proves of a bundle (and a receipt); raises what it finds wrong."""
    text = bundle if isinstance(bundle, str) else json.dumps(bundle)
    told = verifier.check(verifier.read(text), *more)
    return [sentence for verdict, sentence in told if verdict == "PROVED"]


async def published(
    api: Api, ballots: Sequence[Sequence[int]] = SHARED, *, replaced: int = 12, **changes: Any
) -> dict[str, Any]:
    """Return a published poll with these ballots."""
    leader = await leader_of(api)
    poll = await open_poll(leader, **changes)
    await fill_box(api, poll, ballots, replaced=replaced)
    return await move(leader, poll, "closed", "counted", "published")


async def bundle_of(api: Api, poll: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle that the caller may see."""
    answer = await api.get(f"/v1/polls/{poll['id']}/bundle")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def run_verifier(*arguments: str, stdin: str = "", python: str = sys.executable) -> Any:
    """Run the verifier as anybody would: a program and its files."""
    import subprocess

    return subprocess.run(
        [python, str(VERIFIER), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
