"""Counts the statements of one task: what other tasks ask meanwhile does not count."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.database import Database


@contextmanager
def selects_of(database: Database) -> Iterator[list[str]]:
    """Yield the SELECTs that this task sends in the block, but for those of the revision."""
    said: list[str] = []
    engine, own = database.engine.sync_engine, asyncio.current_task()

    def note(*execution: Any) -> None:
        text = execution[2]
        if asyncio.current_task() is own and text.startswith("SELECT") and _counts(text):
            said.append(text)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _counts(text: str) -> bool:
    return "FROM revision" not in text
