"""The data dictionary is what the registry gives, and names every dataset, field and table."""

from pathlib import Path

from app.models.base import Base
from app.operations.open_data_registry import DATASETS
from scripts import write_reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def sections(text: str) -> dict[str, str]:
    """Return the parts of the page by the name in their heading."""
    parts = text.split("\n## ")[1:]
    return {part.partition("`")[2].partition("`")[0]: part for part in parts if part[0] == "`"}


def test_is_what_the_registry_gives() -> None:
    given = "\n".join(write_reference.data_dictionary()) + "\n"
    assert PAGE.read_text(encoding="utf-8") == given, "run `make docs`"


def test_explains_every_field() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = sections(text)
    assert list(found) == list(DATASETS)
    for name, dataset in DATASETS.items():
        assert dataset.told.description.strip()
        for field in dataset.told.fields:
            assert f"| `{field.name}` | {field.kind} |" in found[name], (name, field.name)
            assert len(field.description) > 3, (name, field.name)
            assert field.description.endswith("."), (name, field.name)


def test_names_every_table_that_is_kept_back() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = {table for found in DATASETS.values() for table in found.origin.tables}
    kept_back = set(Base.metadata.tables) - told
    assert all(f"| `{table}` |" in text for table in kept_back)


def test_sees_a_field_that_is_missing() -> None:
    assert "| `colour` |" not in PAGE.read_text(encoding="utf-8")
    assert sections("x\n## `a`: A\nrow\n## Rest\n") == {"a": "`a`: A\nrow"}
