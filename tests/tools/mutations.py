"""What can happen to a bundle on its way: every part flipped, dropped, added, doubled, moved."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

Path = tuple[Any, ...]
WORDS = {"counts_withheld", "opened_withheld"}
"""Explanations, which a bundle without withheld parts does not have."""


def nodes(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every part of a document with the way to it."""
    yield path, value
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for name, part in parts:
            yield from nodes(part, (*path, name))


def altered(document: Any, path: Path, part: Any) -> Any:
    """Return a copy of a document with one part put in place of another."""
    if not path:
        return part
    made = copy.deepcopy(document)
    holder = made
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = part
    return made


def mutated(value: Any, random: Random, foreign: Any) -> list[tuple[str, Any]]:
    """Return this part as it may become, each under the name of what befell it."""
    if isinstance(value, str):
        return _of_text(value, random)
    if isinstance(value, list):
        return _of_list(value, random, foreign)
    if isinstance(value, dict):
        return _of_fields(value, random)
    if isinstance(value, bool) or value is None:
        return [("flip", not value), ("retype", "x")]
    return [("add", value + 1), ("flip", -value - 1), ("retype", str(value)), ("void", None)]


def _of_text(text: str, random: Random) -> list[tuple[str, Any]]:
    place = random.randrange(len(text)) if text else 0
    other = "0" if text[place : place + 1] != "0" else "1"
    flipped = text[:place] + other + text[place + 1 :]
    return [("flip", flipped), ("truncate", text[:-1]), ("add", f"{text} "), ("void", None)]


def _of_list(parts: list[Any], random: Random, foreign: Any) -> list[tuple[str, Any]]:
    found = [("add", [*parts, foreign]), ("void", None)]
    if parts:
        place = random.randrange(len(parts))
        found += [
            ("drop", parts[:place] + parts[place + 1 :]),
            ("duplicate", [*parts[: place + 1], *parts[place:]]),
            ("truncate", parts[: len(parts) // 2]),
            ("reorder", parts[::-1]),
            ("reorder", [*parts[place:], *parts[:place]]),
        ]
    return found


def _of_fields(fields: dict[str, Any], random: Random) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("add", {**fields, "unheard-of": 1}), ("void", None)]
    if fields:
        names = list(fields)
        gone, other = random.choice(names), random.choice(names)
        found += [
            ("drop", {name: part for name, part in fields.items() if name != gone}),
            ("swap", {**fields, gone: fields[other], other: fields[gone]}),
        ]
    return found


def all_mutations(bundle: Any, other: Any, random: Random) -> Iterator[tuple[str, Any]]:
    """Yield altered bundles, each with what was done to it and where; none equals the original."""
    for path, part in nodes(bundle):
        foreign = _part_of(other, path)
        kinds = mutated(part, random, foreign[0] if isinstance(foreign, list) and foreign else "x")
        if path and foreign is not None:
            kinds.append(("splice", foreign))
        for kind, new in kinds:
            if new != part or type(new) is not type(part):
                yield f"{kind} {'/'.join(map(str, path))}", altered(bundle, path, new)


def _part_of(document: Any, path: Path) -> Any:
    for name in path:
        try:
            document = document[name]
        except (KeyError, IndexError, TypeError):
            return None
    return document
