"""The public log of sealed ballots: leaves that wait, leaves in their place, signed heads."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    with op.batch_alter_table("envelope") as envelope:
        envelope.add_column(
            sa.Column("quarantined", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_table(
        "pending_leaf",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "leaf_hash", name=op.f("pk_pending_leaf")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_leaf",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("cover", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_log_leaf_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "idx", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("poll_id", "leaf_hash", name=op.f("uq_log_leaf_poll_id_leaf_hash")),
    )
    op.create_table(
        "tree_head",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_tree_head_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "number", name=op.f("pk_tree_head")),
    )
    # Ballots cast before there was a log enter it with the next head; replaced ones are gone.
    op.execute(
        "INSERT INTO pending_leaf (poll_id, leaf_hash)"
        " SELECT poll_id, leaf_hash FROM envelope WHERE NOT closed"
    )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("tree_head")
    op.drop_table("log_leaf")
    op.drop_table("pending_leaf")
    with op.batch_alter_table("envelope") as envelope:
        envelope.drop_column("quarantined")
