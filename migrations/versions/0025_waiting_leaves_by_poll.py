"""Leaves that wait are found by their poll alone: a key took nearly a fifth of the cast's time.

On SQLite the key stays, since it is the table: rows lie by hash, and no order of casting is kept.
"""

from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Find them by poll, and let a database that is replicated row by row take them away, too."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index("ix_pending_leaf_poll_id", "pending_leaf", ["poll_id"])
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE pending_leaf DROP CONSTRAINT pk_pending_leaf"
    )
    op.execute("ALTER TABLE pending_leaf REPLICA IDENTITY FULL")


def downgrade() -> None:
    """Give them their key again."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE pending_leaf REPLICA IDENTITY DEFAULT")
    op.create_primary_key("pk_pending_leaf", "pending_leaf", ["poll_id", "leaf_hash"])
    op.drop_index("ix_pending_leaf_poll_id", table_name="pending_leaf")
