"""Answers of data.police.uk: each shape that is not the documented one is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.police_uk import (
    KnownWard,
    Match,
    match_neighbourhoods,
    months_back,
    months_between,
)
from app.errors import SourceMalformedError
from app.sources import police_uk

URL = "https://police.example/api/x"
READERS: dict[str, Callable[[bytes], Any]] = {
    "neighbourhoods": lambda content: police_uk.read_neighbourhoods(URL, content),
    "boundary": lambda content: police_uk.read_boundary(URL, content),
    "priorities": lambda content: police_uk.read_priorities(URL, content),
    "events": lambda content: police_uk.read_events(URL, content),
    "team": lambda content: police_uk.read_team(URL, content, with_names=True),
    "crimes": lambda content: police_uk.read_crimes(URL, content, "2026-09"),
    "categories": lambda content: police_uk.read_categories(URL, content),
    "last updated": lambda content: police_uk.read_last_updated(URL, content),
}
NO_SHAPE = [
    b"",
    b"null",
    b"7",
    b'"[]"',
    b"{}",
    b"[7]",
    b"[null]",
    b"[[]]",
    b"[{}]",
    b'{"error": "x"}',
    b"<html>Maintenance</html>",
    b'[{"id": "E05',
    b"[" * 100_000,
    b"\xff\xfe[\x00]\x00",
    b'[{"id": 1, "name": 2, "latitude": 51.5, "longitude": 0, "issue": {}, "rank": []}]',
]
GOOD = {
    "neighbourhoods": b'[{"id": "E05013806N", "name": "A", "population": "0", "new": 1}]',
    "boundary": b'[{"latitude": "51.5", "longitude": "-0.1"}]',
    "priorities": b'[{"issue": "x", "issue-date": null}]',
    "events": b'[{"title": "x", "start_date": "2026-01-01T10:00:00"}]',
    "team": b'[{"name": "Invented", "rank": "PC", "bio": null}]',
    "crimes": b"[]",
    "categories": b'[{"url": "burglary", "name": "Burglary"}]',
    "last updated": b'{"date": "2026-09-01"}',
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("content", NO_SHAPE, ids=range(len(NO_SHAPE)))
def test_refuses_what_is_not_the_shape(reader: str, content: bytes) -> None:
    with pytest.raises(SourceMalformedError, match=URL):
        READERS[reader](content)


@pytest.mark.parametrize("reader", READERS)
def test_control_reads_the_shape_with_fields_that_are_new(reader: str) -> None:
    READERS[reader](GOOD[reader])


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        ("neighbourhoods", b"[]"),
        ("neighbourhoods", b'[{"id": "", "name": "A"}]'),
        ("boundary", b'[{"latitude": "fifty-one", "longitude": "0"}]'),
        ("boundary", b'[{"latitude": "1e400", "longitude": "0"}]'),
        ("priorities", b'[{"issue": "x", "issue_date": null}]'),
        ("priorities", b'[{"issue": "x", "issue-date": "last week"}]'),
        ("priorities", b'[{"issue": "x", "issue-date": "0000-01-01T00:00:00"}]'),
        ("priorities", b'[{"issue": "\\ud800", "issue-date": null}]'),
        ("priorities", b'[{"issue": "' + b"x" * 60_001 + b'", "issue-date": null}]'),
        ("events", b'[{"title": "x", "start-date": "2026-01-01T10:00:00"}]'),
        ("events", b'[{"title": "x", "start_date": null}]'),
        ("events", b'[{"title": "x", "start_date": "2026-02-30T10:00:00"}]'),
        ("last updated", b'{"date": "2026-02-30"}'),
        ("last updated", b'[{"date": "2026-09-01"}]'),
        ("categories", b'[{"url": "../x", "name": "A"}]'),
    ],
)
def test_refuses_wrong_values(reader: str, content: bytes) -> None:
    with pytest.raises(SourceMalformedError):
        READERS[reader](content)


def test_the_same_item_twice_is_one_and_any_other_word_another() -> None:
    once = b'{"issue": "<p>x</p>", "issue-date": "2026-01-01T00:00:00", "action": null}'
    spaced = b'{"issue": "<p> x  </p>\\r\\n", "issue-date": "2026-01-01T00:00:00"}'
    other = b'{"issue": "x", "issue-date": "2026-01-02T00:00:00"}'
    found = police_uk.read_priorities(URL, b"[%s,%s,%s]" % (once, spaced, other))
    assert [item.columns["issued_on"] for item in found] == [date(2026, 1, 1), date(2026, 1, 2)]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-03-29T00:59:00", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T02:00:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25T01:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:00:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("2026-07-01T10:00:00+00:00", datetime(2026, 7, 1, 10, 0, tzinfo=UTC)),
    ],
)
def test_times_are_londons_where_they_do_not_say(told: str, meant: datetime) -> None:
    (item,) = police_uk.read_events(URL, b'[{"title": "x", "start_date": "%s"}]' % told.encode())
    assert item.columns["starts_at"] == meant


def test_ids_name_wards_in_the_documented_ways_only() -> None:
    met, city = (KnownWard(True, force) for force in ("metropolitan", "city-of-london"))  # noqa: FBT003 - the row's own order
    wards = {
        "E05000001": met,
        "E05000002": met,
        "E05000003": city,
        "E05000004": KnownWard(False, "metropolitan"),  # noqa: FBT003 - the same
    }
    ids = ["E05000001N", "E05000001", "E05000002N", "E05000003", "E05000004", "E05000005",
           "E05000001NN", "e05000001", "neighbourhoods", "../people", "E0500000\u0661"]  # fmt: skip
    found = match_neighbourhoods(ids, wards, "metropolitan")
    said = {m.neighbourhood_id: m.match for m in found}
    assert said == {
        "E05000001": Match.EXACT,
        "E05000001N": Match.DUPLICATE,
        "E05000002N": Match.SUFFIX,
        "E05000003": Match.OTHER_FORCE,
        "E05000004": Match.RETIRED,
    } | dict.fromkeys(["E05000005", *ids[6:]], Match.UNKNOWN)
    assert [m.ward_code for m in found if m.is_read] == ["E05000001", "E05000002"]


def test_months_follow_each_other_over_the_year() -> None:
    assert months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months_back("2026-02", 35) == "2023-03"
