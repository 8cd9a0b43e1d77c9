"""Datasets of disputes and their steps; a filer's words only once the team has answered."""

from typing import Any

from sqlalchemy import case

from app.domain.disputes import DisputeState, TargetKind
from app.domain.open_data import Reference
from app.models.disputes import Dispute, DisputeEvent
from app.operations.open_data import (
    BOROUGH,
    WARD,
    borough_reference,
    column,
    dataset,
    origin,
    ward_reference,
)


def _once_answered(words: Any) -> Any:
    """Return a filer's words where they are public, by the rule of `show_dispute`."""
    return case((Dispute.state != DisputeState.OPEN.value, words), else_=None)


DISPUTES = dataset(
    "disputes",
    "Disputes",
    "What people say against an outcome, an event's record or a commitment's status, and what "
    "became of it. Who filed one is not told, and their words are once the team has answered.",
    (
        column("id", "string", Dispute.id, "Identifier of the dispute.", unique=True),
        column(
            "target_kind",
            "string",
            Dispute.target_kind,
            "What sort of statement is disputed.",
            enum=sorted(TargetKind),
        ),
        column(
            "target_id",
            "string",
            Dispute.target_id,
            "Identifier of the priority or event, or the commitment's code.",
        ),
        column(
            "area_code",
            "string",
            Dispute.area_code,
            "The ward or borough that it is about, or London.",
        ),
        column(
            "as_of",
            "date",
            Dispute.as_of,
            "Day of the commitment's status; empty for other targets.",
            optional=True,
        ),
        column(
            "borough_code",
            "string",
            Dispute.borough_code,
            "The borough; empty where it is about all of London.",
            optional=True,
            **BOROUGH,
        ),
        column(
            "ward_code",
            "string",
            Dispute.ward_code,
            "The ward; empty where it is about a borough or several wards.",
            optional=True,
            **WARD,
        ),
        column("state", "string", Dispute.state, "Where it stands.", enum=sorted(DisputeState)),
        column("filed_at", "datetime", Dispute.filed_at, "When it was filed."),
        column("due_at", "datetime", Dispute.due_at, "When the answer is due: 72 hours later."),
        column(
            "text",
            "string",
            _once_answered(Dispute.text),
            "The words of whoever filed it; empty until the answer, and once withdrawn.",
            optional=True,
        ),
        column(
            "evidence_url",
            "string",
            _once_answered(Dispute.evidence_url),
            "Address of the counter-evidence; empty where the text is, or there is none.",
            optional=True,
        ),
        column(
            "redaction_reason",
            "string",
            Dispute.redaction_reason,
            "Why the team left something out.",
            optional=True,
        ),
        column(
            "answered_at", "datetime", Dispute.answered_at, "When it was answered.", optional=True
        ),
        column("answer", "string", Dispute.answer, "What the team answered.", optional=True),
        column(
            "decided_at",
            "datetime",
            Dispute.decided_at,
            "When it was upheld or rejected.",
            optional=True,
        ),
        column(
            "decision", "string", Dispute.decision, "Why it was upheld or rejected.", optional=True
        ),
    ),
    origin(Dispute, keys=(Dispute.id,)),
    key=("id",),
    references=(ward_reference(), borough_reference()),
)

DISPUTE_STEPS = dataset(
    "dispute-steps",
    "Steps of disputes",
    "Each thing that was done about a dispute, in order; who did it is told by role alone.",
    (
        column("dispute_id", "string", DisputeEvent.dispute_id, "Identifier of the dispute."),
        column("sequence", "integer", DisputeEvent.sequence, "1 for the filing.", minimum=1),
        column("act", "string", DisputeEvent.act, "What was done."),
        column("at", "datetime", DisputeEvent.at, "When it was done."),
        column("role", "string", DisputeEvent.role, "What they are who did it."),
    ),
    origin(DisputeEvent, keys=(DisputeEvent.dispute_id, DisputeEvent.sequence)),
    key=("dispute_id", "sequence"),
    references=(Reference(("dispute_id",), "disputes", ("id",)),),
)

OBJECTIONS = (DISPUTES, DISPUTE_STEPS)
