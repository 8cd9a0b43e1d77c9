"""Disputes of what is said of all of London, which no borough owes the answer to."""

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Let a dispute belong to no borough."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
        # An older process still serving reads no such row: only this release's ones write any.
        op.execute(
            "-- squawk-ignore ban-drop-not-null\n"
            "ALTER TABLE dispute ALTER COLUMN borough_code DROP NOT NULL"
        )
        return
    with op.batch_alter_table("dispute") as dispute:
        dispute.alter_column("borough_code", existing_type=sa.String(9), nullable=True)


def downgrade() -> None:
    """Remove what no borough owes, since it has no place before."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("ALTER TABLE dispute_event DISABLE TRIGGER append_only")
    else:
        op.execute("DROP TRIGGER append_only_dispute_event_delete")
    op.execute(
        "DELETE FROM dispute_event WHERE dispute_id IN"
        " (SELECT id FROM dispute WHERE borough_code IS NULL)"
    )
    op.execute("DELETE FROM dispute WHERE borough_code IS NULL")
    with op.batch_alter_table("dispute") as dispute:
        dispute.alter_column("borough_code", existing_type=sa.String(9), nullable=False)
    if postgresql:
        op.execute("ALTER TABLE dispute_event ENABLE ALWAYS TRIGGER append_only")
        return
    op.execute(
        "CREATE TRIGGER append_only_dispute_event_delete BEFORE DELETE ON dispute_event"
        " BEGIN SELECT RAISE(ABORT, 'rows of dispute_event are never changed or removed'); END"
    )
