"""Disputes for open data's tests: one answered, one whose words are nobody's business yet."""

from app.database import WriteSession
from app.models.disputes import Dispute, DisputeEvent
from tests.factories import A1, ALDER
from tests.open_data_promises import CANARY, FORMULA, NOW, STAMPS, TODAY


async def fill_disputes(session: WriteSession) -> None:
    """Write an answered dispute and an unanswered one, each with its first step."""
    answer = {
        "answer": "We were there",
        "answered_at": NOW,
        "answered_by": f"{CANARY}-by",
        "redaction_reason": "It named somebody",
    }
    for code, words, more in (
        ("C06", FORMULA, {"state": "answered", **answer}),
        ("C07", f"{CANARY}-words", {"state": "open"}),
    ):
        dispute = Dispute(
            target_kind="commitment_status",
            target_id=code,
            area_code=A1,
            as_of=TODAY,
            borough_code=ALDER,
            ward_code=A1,
            text=words,
            evidence_url=f"https://{words.strip('=+')}.example/",
            filer=f"{CANARY}-filer".encode().ljust(32),
            filed_at=NOW,
            due_at=NOW,
            **more,
            **STAMPS,
        )
        session.add(dispute)
        await session.flush()
        session.add(
            DisputeEvent(dispute_id=dispute.id, sequence=1, act="filed", at=NOW, role="resident")
        )
