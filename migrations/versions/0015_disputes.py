"""Disputes of outcomes, records and statuses, and the steps of each."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None

UNDECIDED = sa.text("state IN ('open', 'answered')")


def upgrade() -> None:
    """Write the tables; a trigger keeps the steps from being changed."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("SET LOCAL lock_timeout = '4s'")
    _create_dispute()
    op.create_table(
        "dispute_event",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_event_dispute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_event")),
    )
    op.create_index(
        "uq_dispute_event_dispute_id_sequence",
        "dispute_event",
        ["dispute_id", "sequence"],
        unique=True,
    )
    _forbid_changes(postgresql=postgresql)


def _create_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("target_kind", sa.String(20), nullable=False),
        sa.Column("target_id", sa.String(36), nullable=False),
        sa.Column("area_code", sa.String(9), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("borough_code", sa.String(9), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("text", sa.String(2000), nullable=True),
        sa.Column("evidence_url", sa.String(500), nullable=True),
        sa.Column("redaction_reason", sa.String(500), nullable=True),
        sa.Column("filer", sa.LargeBinary(32), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(120), nullable=True),
        sa.Column("answer", sa.String(2000), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "target_kind IN ('priority_outcome', 'event_record', 'commitment_status')",
            name=op.f("ck_dispute_target_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'upheld', 'rejected', 'withdrawn')",
            name=op.f("ck_dispute_state"),
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_dispute_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(
        "uq_dispute_undecided",
        "dispute",
        ["filer", "target_kind", "target_id", "area_code"],
        unique=True,
        postgresql_where=UNDECIDED,
        sqlite_where=UNDECIDED,
    )
    op.create_index("ix_dispute_target_id_target_kind", "dispute", ["target_id", "target_kind"])
    op.create_index("ix_dispute_borough_code_filed_at", "dispute", ["borough_code", "filed_at"])
    op.create_index("ix_dispute_state_due_at", "dispute", ["state", "due_at"])


def _forbid_changes(*, postgresql: bool) -> None:
    if postgresql:
        op.execute(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_event"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute("ALTER TABLE dispute_event ENABLE ALWAYS TRIGGER append_only")
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER append_only_dispute_event_{act.lower()} BEFORE {act} ON dispute_event"
            " BEGIN SELECT RAISE(ABORT, 'rows of dispute_event are never changed or removed'); END"
        )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("dispute_event")
    op.drop_table("dispute")
