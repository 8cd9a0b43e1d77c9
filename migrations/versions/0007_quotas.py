"""Counters of requests that all processes share; the one table of who took part in a round."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables; on PostgreSQL the counters stay out of the write-ahead log."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "quota",
        sa.Column("key_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("full_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_quota")),
        prefixes=["UNLOGGED"] if on_postgresql else [],
    )
    op.create_index(op.f("ix_quota_full_at_ms"), "quota", ["full_at_ms"])
    document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.create_table(
        "participation",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("figures", document, nullable=False),
        sa.Column("proof", document, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_participation_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_participation")),
    )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("participation")
    op.drop_index(op.f("ix_quota_full_at_ms"), table_name="quota")
    op.drop_table("quota")
