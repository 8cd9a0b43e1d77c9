"""Datasets of the register: runs of the checks, and what each found anew."""

from app.domain.open_data import Reference
from app.models.commitments import CommitmentCheck, CommitmentRun
from app.operations.open_data import column, dataset, origin

RUNS = dataset(
    "commitment-runs",
    "Runs of the commitment checks",
    "Each looks at every promise in every area; a day without a run was not checked.",
    (
        column("id", "string", CommitmentRun.id, "Identifier of the run.", unique=True),
        column("number", "integer", CommitmentRun.number, "Counted from 1.", minimum=1),
        column("as_of", "date", CommitmentRun.as_of, "The day it speaks of."),
        column("checked_at", "datetime", CommitmentRun.checked_at, "When it was made."),
        column("rule_version", "integer", CommitmentRun.rule_version, "Version of the rules."),
        column("lines", "integer", CommitmentRun.lines, "Lines looked at.", minimum=0),
        column("changed", "integer", CommitmentRun.changed, "Lines found changed.", minimum=0),
    ),
    origin(CommitmentRun, keys=(CommitmentRun.number,)),
    key=("id",),
)

CHECKS = dataset(
    "commitment-checks",
    "What the checks found",
    "A row for each line of a promise in an area that stands otherwise than before; it holds until "
    "the next row of its line.",
    (
        column("position", "integer", CommitmentCheck.position, "Place in the list.", minimum=1),
        column("run_id", "string", CommitmentCheck.run_id, "The run."),
        column("commitment", "string", CommitmentCheck.commitment, "Code of the promise."),
        column("reading", "string", CommitmentCheck.reading, "How its text is read."),
        column("scope", "string", CommitmentCheck.scope, "Ward, borough or London."),
        column("area_code", "string", CommitmentCheck.area_code, "GSS code of the area."),
        column("as_of", "date", CommitmentCheck.as_of, "The day it speaks of."),
        column("status", "string", CommitmentCheck.status, "Whether it is kept."),
        column(
            "previous_status",
            "string",
            CommitmentCheck.previous_status,
            "What was found before.",
            optional=True,
        ),
        column("since", "date", CommitmentCheck.since, "The day the state began."),
        column("since_kind", "string", CommitmentCheck.since_kind, "How that day is known."),
        column("value", "number", CommitmentCheck.value, "What was measured.", optional=True),
        column("target", "number", CommitmentCheck.target, "What was promised.", optional=True),
        column("shortfall", "number", CommitmentCheck.shortfall, "What is missing.", optional=True),
        column("unit", "string", CommitmentCheck.unit, "Unit of these figures.", optional=True),
        column("finding", "string", CommitmentCheck.finding, "The finding in a sentence."),
        column("evidence", "array", CommitmentCheck.evidence, "What it was read from."),
        column("rule_version", "integer", CommitmentCheck.rule_version, "Version of the rules."),
        column("checked_at", "datetime", CommitmentCheck.checked_at, "When it was checked."),
    ),
    origin(CommitmentCheck, keys=(CommitmentCheck.position,)),
    key=("position",),
    references=(Reference(("run_id",), "commitment-runs", ("id",)),),
)

REGISTER = (RUNS, CHECKS)
