"""Copies of what other publishers gave out, and the population that rates are read against."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "source_copy",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("retrieved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.String(300), nullable=True),
        sa.Column("last_modified", sa.String(60), nullable=True),
        sa.Column("licence", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_copy")),
    )
    op.create_index(op.f("ix_source_copy_source"), "source_copy", ["source"])
    op.create_index("ix_source_copy_url_retrieved_at", "source_copy", ["url", "retrieved_at"])
    op.create_table(
        "source_body",
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["source_copy.id"], name=op.f("fk_source_body_copy_id")
        ),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_source_body")),
    )
    op.create_table(
        "population_count",
        sa.Column("area_code", sa.String(9), nullable=False),
        sa.Column("census_on", sa.Date(), nullable=False),
        sa.Column("dimension", sa.String(30), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_population_count_count")),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["source_copy.id"], name=op.f("fk_population_count_copy_id")
        ),
        sa.PrimaryKeyConstraint(
            "area_code",
            "census_on",
            "dimension",
            "category",
            name=op.f("pk_population_count"),
        ),
    )
    op.create_index(op.f("ix_population_count_copy_id"), "population_count", ["copy_id"])


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("population_count")
    op.drop_table("source_body")
    op.drop_table("source_copy")
