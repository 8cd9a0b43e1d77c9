"""What data.police.uk says of our wards: neighbourhoods, priorities, events, teams."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _priority() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("acted_on", sa.Date(), nullable=True),
    )


def _event() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(60), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
    )


def _team() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("ranks", JSON, nullable=False),
        sa.Column("names", JSON, nullable=True),
    )


LISTED = {"police_uk_priority": _priority, "police_uk_event": _event, "police_uk_team": _team}


def upgrade() -> None:
    """Write the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    _create_neighbourhoods()
    _create_listings()
    for table, columns in LISTED.items():
        op.create_table(
            table,
            *columns(),
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("ward_code", sa.String(9), nullable=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("copy_id", sa.Uuid(), nullable=False),
            _of_copy(table),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("ward_code", "digest", name=op.f(f"uq_{table}_ward_code_digest")),
        )


def _of_copy(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["copy_id"], ["source_copy.id"], name=op.f(f"fk_{table}_copy_id")
    )


def _create_neighbourhoods() -> None:
    op.create_table(
        "police_uk_neighbourhood",
        sa.Column("force", sa.String(40), nullable=False),
        sa.Column("neighbourhood_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("match", sa.String(12), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("boundary_overlap", sa.Float(), nullable=True),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "match IN ('exact', 'suffix', 'duplicate', 'other_force', 'retired', 'unknown')",
            name=op.f("ck_police_uk_neighbourhood_match"),
        ),
        _of_copy("police_uk_neighbourhood"),
        sa.PrimaryKeyConstraint(
            "force", "neighbourhood_id", name=op.f("pk_police_uk_neighbourhood")
        ),
    )
    op.create_index(
        op.f("ix_police_uk_neighbourhood_ward_code"), "police_uk_neighbourhood", ["ward_code"]
    )


def _create_listings() -> None:
    op.create_table(
        "police_uk_listing",
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("empty_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('boundary', 'priorities', 'events', 'team')",
            name=op.f("ck_police_uk_listing_kind"),
        ),
        sa.CheckConstraint("items >= 0", name=op.f("ck_police_uk_listing_items")),
        _of_copy("police_uk_listing"),
        sa.PrimaryKeyConstraint("ward_code", "kind", name=op.f("pk_police_uk_listing")),
    )


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in ("police_uk_team", "police_uk_event", "police_uk_priority"):
        op.drop_table(table)
    op.drop_table("police_uk_listing")
    op.drop_table("police_uk_neighbourhood")
