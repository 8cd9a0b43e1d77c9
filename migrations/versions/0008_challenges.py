"""Second openings by the auditor and the end of a round's keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Write the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    with op.batch_alter_table("round") as round_:
        round_.add_column(sa.Column("keys_destroyed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "second_opening",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(120), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("differences", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_second_opening_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_opening")),
    )
    op.create_index(op.f("ix_second_opening_poll_id"), "second_opening", ["poll_id"])


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("second_opening")
    with op.batch_alter_table("round") as round_:
        round_.drop_column("keys_destroyed_at")
