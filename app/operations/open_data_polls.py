"""Datasets of polls: rounds, announced polls, their options, and published results.

A result is told exactly as `GET /v1/polls/{poll_id}/result` tells it to anyone: withheld, rounded
or exact by its turnout. Drafts, turnouts and counted results that are not published are not told.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.domain.open_data import Reference
from app.domain.polls import PollStatus
from app.models.polls import Poll, PollOption, PollResult, Round
from app.models.wards import BoundaryEdition
from app.operations.open_data import (
    BOROUGH,
    SHA256,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
    ward_reference,
)
from app.operations.open_data_priorities import CONCERN
from app.operations.poll_results import show_result
from app.operations.polls_queries import visible_to

_announced = visible_to(None)
_of_poll = Reference(("poll_id",), "polls", ("id",))
_results = (
    select()
    .select_from(PollResult)
    .join(Poll, Poll.id == PollResult.poll_id)
    .where(Poll.status == PollStatus.PUBLISHED, _announced)
    .options(selectinload(Poll.options))
)


def overall(read: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the row of a published result."""
    told = show_result(read[0], read[1])
    turnout = told.turnout
    figures = [turnout.ballots, turnout.rounded_to, turnout.fewer_than, told.superseded]
    yield [told.poll, told.disclosure.value, *figures, told.counted_at, told.published_at]


def per_option(read: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield a row for each option of a published result, none where the result is withheld."""
    told = show_result(read[0], read[1])
    for option in sorted(told.options or (), key=lambda found: found.id):
        facts = [option.concern, option.text, option.rank, option.chosen]
        yield [told.poll, option.id, *facts, option.approvals, option.nearly_all]


ROUNDS = dataset(
    "rounds",
    "Rounds",
    "The ward polls of one refresh, open for the same time.",
    (
        column("id", "string", Round.id, "Identifier of the round.", unique=True),
        column("title", "string", Round.title, "What it is called."),
        column(
            "borough_code",
            "string",
            Round.borough_code,
            "The borough; empty for all London.",
            optional=True,
            **BOROUGH,
        ),
        column("opens_at", "datetime", Round.opens_at, "When its polls open."),
        column("closes_at", "datetime", Round.closes_at, "When its polls close."),
        column("min_level", "integer", Round.min_level, "Least proof of residence.", minimum=0),
        column(
            "seal_public_key",
            "string",
            Round.seal_public_key,
            "X25519 key that ballots are sealed to, in hex.",
        ),
        column(
            "keys_destroyed_at",
            "datetime",
            Round.keys_destroyed_at,
            "Since when nobody can open its envelopes.",
            optional=True,
        ),
    ),
    origin(Round, keys=(Round.id,)),
    key=("id",),
    references=(borough_reference(),),
)

POLLS = dataset(
    "polls",
    "Polls",
    "Every poll that was announced. An `open` poll takes ballots only between the times of its "
    "round; how many came is told with its result.",
    (
        column("id", "string", Poll.id, "Identifier of the poll.", unique=True),
        column("round_id", "string", Poll.round_id, "The round."),
        column("ward_code", "string", Poll.ward_code, "The ward.", **WARD),
        column("borough_code", "string", Poll.borough_code, "The borough.", **BOROUGH),
        column("boundary_edition", "string", BoundaryEdition.label, "The edition of the ward."),
        column("question", "string", Poll.question, "What is asked."),
        column("seats", "integer", Poll.seats, "How many concerns are chosen.", minimum=1),
        column("rule", "string", Poll.rule, "The counting rule."),
        column(
            "status",
            "string",
            Poll.status,
            "How far people have taken it.",
            enum=["scheduled", "open", "closed", "counted", "published", "cancelled"],
        ),
        column(
            "status_reason",
            "string",
            Poll.status_reason,
            "Why it was closed or cancelled.",
            optional=True,
        ),
        column(
            "manifest_sha256",
            "string",
            Poll.manifest_sha256,
            "SHA-256 of what was fixed before the first ballot.",
            optional=True,
            **SHA256,
        ),
        column("closed_at", "datetime", Poll.closed_at, "When it was closed.", optional=True),
        column("counted_at", "datetime", Poll.counted_at, "When it was counted.", optional=True),
        column(
            "published_at",
            "datetime",
            Poll.published_at,
            "When its result was published.",
            optional=True,
        ),
    ),
    origin(
        Poll,
        joined=select()
        .select_from(Poll)
        .join(BoundaryEdition, BoundaryEdition.id == Poll.edition_id),
        keys=(Poll.id,),
        where=_announced,
    ),
    key=("id",),
    references=(
        Reference(("round_id",), "rounds", ("id",)),
        Reference(("boundary_edition",), "boundary-editions", ("label",)),
        ward_reference(),
        borough_reference(),
    ),
)

POLL_OPTIONS = dataset(
    "poll-options",
    "Options of polls",
    "The concerns that voters of an announced poll may approve.",
    (
        column("id", "string", PollOption.id, "Identifier of the option.", unique=True),
        column("poll_id", "string", PollOption.poll_id, "The poll."),
        column("position", "integer", PollOption.position, "Place in the manifest."),
        column("concern", "string", PollOption.concern, "The concern."),
        column("text", "string", PollOption.text, "What voters read."),
    ),
    origin(
        PollOption,
        joined=select().select_from(PollOption).join(Poll, Poll.id == PollOption.poll_id),
        keys=(PollOption.poll_id, PollOption.position),
        where=_announced,
    ),
    key=("id",),
    references=(_of_poll, CONCERN),
)

_overall_fields = (
    column("poll_id", "string", None, "The poll.", unique=True),
    column(
        "disclosure", "string", None, "How much is told.", enum=["withheld", "rounded", "exact"]
    ),
    column(
        "ballots",
        "integer",
        None,
        "Ballots counted; empty where withheld.",
        optional=True,
        minimum=0,
    ),
    column(
        "rounded_to",
        "integer",
        None,
        "The step to which counts are rounded, if they are.",
        optional=True,
    ),
    column(
        "fewer_than",
        "integer",
        None,
        "Where withheld: there were fewer ballots than this.",
        optional=True,
    ),
    column(
        "superseded",
        "integer",
        None,
        "Ballots replaced by a later one; empty if few.",
        optional=True,
        minimum=0,
    ),
    column("counted_at", "datetime", None, "When it was counted."),
    column("published_at", "datetime", None, "When it was published.", optional=True),
)
_option_fields = (
    column("poll_id", "string", None, "The poll."),
    column("option_id", "string", None, "The option.", unique=True),
    column("concern", "string", None, "The concern."),
    column("text", "string", None, "What voters read."),
    column(
        "rank", "integer", None, "Place in the result, where it is told.", optional=True, minimum=1
    ),
    column("chosen", "boolean", None, "Whether it was chosen."),
    column(
        "approvals",
        "integer",
        None,
        "Ballots that approve it; empty where nearly all do.",
        optional=True,
        minimum=0,
    ),
    column(
        "nearly_all",
        "boolean",
        None,
        "Whether so many approve it that the number would tell what each did.",
    ),
)

POLL_RESULTS = dataset(
    "poll-results",
    "Published poll results",
    "What may be told of a published poll's turnout: nothing below 10 ballots, rounded below 30.",
    _overall_fields,
    origin(
        PollResult,
        joined=_results,
        keys=(PollResult.poll_id,),
        reads=(Poll, PollResult),
        shape=overall,
    ),
    key=("poll_id",),
    references=(_of_poll,),
)

POLL_RESULT_OPTIONS = dataset(
    "poll-result-options",
    "Published poll results by option",
    "What may be told of each option of a published poll; no rows where the result is withheld.",
    _option_fields,
    origin(
        PollResult,
        joined=_results,
        keys=(PollResult.poll_id,),
        reads=(Poll, PollResult),
        shape=per_option,
    ),
    key=("option_id",),
    references=(_of_poll, Reference(("option_id",), "poll-options", ("id",)), CONCERN),
)

BALLOTS = (ROUNDS, POLLS, POLL_OPTIONS, POLL_RESULTS, POLL_RESULT_OPTIONS)
