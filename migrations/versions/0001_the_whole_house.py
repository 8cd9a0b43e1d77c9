"""the whole house."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.geometry import Geo

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "audit_entry",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=60), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=True),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column(
            "detail",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("entry_hash", name=op.f("uq_audit_entry_entry_hash")),
    )
    op.create_index(
        "ix_audit_entry_subject_kind_subject_id",
        "audit_entry",
        ["subject_kind", "subject_id"],
        unique=False,
    )
    op.create_index(op.f("ix_audit_entry_ward_code"), "audit_entry", ["ward_code"], unique=False)
    op.create_table(
        "borough",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("police_force", sa.String(length=40), nullable=False),
        sa.Column("boundary", Geo("MULTIPOLYGON"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_borough")),
        sa.UniqueConstraint("name", name=op.f("uq_borough_name")),
    )
    op.create_table(
        "boundary_edition",
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("boundary_status", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("licence", sa.String(length=200), nullable=False),
        sa.Column("attribution", sa.String(length=600), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("ward_count", sa.Integer(), nullable=False),
        sa.Column(
            "checks",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "changes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "boundary_status IN ('indicative', 'official')",
            name=op.f("ck_boundary_edition_boundary_status"),
        ),
        sa.CheckConstraint(
            "status IN ('inactive', 'active', 'closed')", name=op.f("ck_boundary_edition_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_edition")),
        sa.UniqueConstraint("label", name=op.f("uq_boundary_edition_label")),
    )
    op.create_index(
        "uq_boundary_edition_active",
        "boundary_edition",
        ["status"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "concern",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("lead", sa.String(length=10), nullable=False),
        sa.Column(
            "crime_categories",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_concern")),
    )
    op.create_table(
        "coverage_standard",
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("minimum", sa.Integer(), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_standard")),
    )
    op.create_index(
        op.f("ix_coverage_standard_ward_code"), "coverage_standard", ["ward_code"], unique=False
    )
    op.create_table(
        "idempotent_answer",
        sa.Column("caller_and_key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=True),
        sa.Column("etag", sa.String(length=80), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller_and_key", name=op.f("pk_idempotent_answer")),
    )
    op.create_index(
        op.f("ix_idempotent_answer_created_at"), "idempotent_answer", ["created_at"], unique=False
    )
    op.create_table(
        "officer",
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("fictional", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("subject", name=op.f("uq_officer_subject")),
    )
    op.create_table(
        "postcode",
        sa.Column("postcode", sa.String(length=7), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode")),
    )
    op.create_table(
        "priority_set",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=30), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_due_on", sa.Date(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'superseded', 'withdrawn')", name=op.f("ck_priority_set_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_set")),
        sa.UniqueConstraint(
            "ward_code", "sequence", name=op.f("uq_priority_set_ward_code_sequence")
        ),
    )
    op.create_index(
        "uq_priority_set_active",
        "priority_set",
        ["ward_code"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revision_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_table(
        "community_event",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("location", Geo("POINT"), nullable=True),
        sa.Column("online_url", sa.String(length=500), nullable=True),
        sa.Column(
            "accessibility",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("open_to_all", sa.Boolean(), nullable=False),
        sa.Column(
            "hosts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.Column("ical_sequence", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'published', 'postponed', 'held', 'not_held', 'cancelled')",
            name=op.f("ck_community_event_status"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_community_event_times")),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_community_event_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_event")),
    )
    op.create_index(
        "ix_community_event_borough_code_starts_at",
        "community_event",
        ["borough_code", "starts_at"],
        unique=False,
    )
    op.create_index("ix_community_event_starts_at", "community_event", ["starts_at"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column(
            "mentions",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "series",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("source_name", sa.String(length=200), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=True),
        sa.Column("licence", sa.String(length=200), nullable=False),
        sa.Column("retrieved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_evidence_period")),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_evidence_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_borough_code"), "evidence", ["borough_code"], unique=False)
    op.create_index(
        "ix_evidence_ward_code_period_to", "evidence", ["ward_code", "period_to"], unique=False
    )
    op.create_table(
        "posting",
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("fte", sa.Numeric(precision=3, scale=2), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_posting_dates")
        ),
        sa.CheckConstraint("fte > 0 AND fte <= 1", name=op.f("ck_posting_fte")),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_posting_borough_code")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_posting_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(
        "ix_posting_borough_code_starts_on", "posting", ["borough_code", "starts_on"], unique=False
    )
    op.create_index(op.f("ix_posting_officer_id"), "posting", ["officer_id"], unique=False)
    op.create_index(
        "ix_posting_ward_code_starts_on", "posting", ["ward_code", "starts_on"], unique=False
    )
    op.create_table(
        "priority",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("concern", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "objective",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("area", Geo("POLYGON"), nullable=True),
        sa.Column(
            "partners",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_action_on", sa.Date(), nullable=True),
        sa.Column("review_due_on", sa.Date(), nullable=False),
        sa.Column("carried_from_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["priority.id"], name=op.f("fk_priority_carried_from_id")
        ),
        sa.ForeignKeyConstraint(["concern"], ["concern.slug"], name=op.f("fk_priority_concern")),
        sa.ForeignKeyConstraint(["set_id"], ["priority_set.id"], name=op.f("fk_priority_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority")),
        sa.UniqueConstraint("set_id", "concern", name=op.f("uq_priority_set_id_concern")),
        sa.UniqueConstraint("set_id", "rank", name=op.f("uq_priority_set_id_rank")),
    )
    op.create_index(op.f("ix_priority_concern"), "priority", ["concern"], unique=False)
    op.create_table(
        "refresh",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("from_set_id", sa.Uuid(), nullable=True),
        sa.Column("to_set_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("overdue_days", sa.Integer(), nullable=False),
        sa.Column(
            "proposal",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "consulted",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("abandoned_reason", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'proposed', 'published', 'abandoned')",
            name=op.f("ck_refresh_status"),
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_refresh_borough_code")
        ),
        sa.ForeignKeyConstraint(
            ["from_set_id"], ["priority_set.id"], name=op.f("fk_refresh_from_set_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_set_id"], ["priority_set.id"], name=op.f("fk_refresh_to_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh")),
    )
    op.create_index(op.f("ix_refresh_ward_code"), "refresh", ["ward_code"], unique=False)
    op.create_index(
        "uq_refresh_in_progress",
        "refresh",
        ["ward_code"],
        unique=True,
        postgresql_where=sa.text("status IN ('open', 'proposed')"),
        sqlite_where=sa.text("status IN ('open', 'proposed')"),
    )
    op.create_table(
        "round",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("min_level", sa.SmallInteger(), nullable=False),
        sa.Column("seal_public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_round_times")),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_round_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index(op.f("ix_round_borough_code"), "round", ["borough_code"], unique=False)
    op.create_table(
        "ward",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("police_force", sa.String(length=40), nullable=False),
        sa.Column("boundary", Geo("MULTIPOLYGON"), nullable=False),
        sa.Column("boundary_status", sa.String(length=10), nullable=False),
        sa.Column("boundary_sha256", sa.String(length=64), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_ward_borough_code")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["boundary_edition.id"], name=op.f("fk_ward_edition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward")),
        sa.UniqueConstraint("edition_id", "code", name=op.f("uq_ward_edition_id_code")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("gix_ward_boundary", "ward", ["boundary"], postgresql_using="gist")
    op.create_index(op.f("ix_ward_borough_code"), "ward", ["borough_code"], unique=False)
    op.create_index("ix_ward_code", "ward", ["code"], unique=False)
    op.create_table(
        "abstraction",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("exceptional", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_abstraction_dates")),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["posting.id"], name=op.f("fk_abstraction_posting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abstraction")),
    )
    op.create_index(op.f("ix_abstraction_posting_id"), "abstraction", ["posting_id"], unique=False)
    op.create_table(
        "action",
        sa.Column("priority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["priority_id"], ["priority.id"], name=op.f("fk_action_priority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index(op.f("ix_action_priority_id"), "action", ["priority_id"], unique=False)
    op.create_table(
        "event_record",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("attendance", sa.Integer(), nullable=False),
        sa.Column("attendance_method", sa.String(length=20), nullable=False),
        sa.Column("notes", sa.String(length=4000), nullable=False),
        sa.Column(
            "concerns_raised",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint("attendance >= 0", name=op.f("ck_event_record_attendance")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["community_event.id"], name=op.f("fk_event_record_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_record")),
    )
    op.create_table(
        "event_ward",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["community_event.id"], name=op.f("fk_event_ward_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "ward_code", name=op.f("pk_event_ward")),
    )
    op.create_index(op.f("ix_event_ward_ward_code"), "event_ward", ["ward_code"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("priority_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("claimed_by", sa.String(length=20), nullable=False),
        sa.Column("statement", sa.String(length=1000), nullable=False),
        sa.Column(
            "evidence",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["priority_id"], ["priority.id"], name=op.f("fk_outcome_priority_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_priority_id"), "outcome", ["priority_id"], unique=False)
    op.create_table(
        "poll",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("status_reason", sa.String(length=500), nullable=True),
        sa.Column(
            "manifest",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'open', 'closed', 'counted', 'published',"
            " 'cancelled')",
            name=op.f("ck_poll_status"),
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_poll_borough_code")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["boundary_edition.id"], name=op.f("fk_poll_edition_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_poll_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
        sa.UniqueConstraint("round_id", "ward_code", name=op.f("uq_poll_round_id_ward_code")),
    )
    op.create_index(op.f("ix_poll_borough_code"), "poll", ["borough_code"], unique=False)
    op.create_index("ix_poll_ward_code_status", "poll", ["ward_code", "status"], unique=False)
    op.create_table(
        "refresh_item",
        sa.Column("refresh_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("concern", sa.String(length=40), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("old_rank", sa.Integer(), nullable=True),
        sa.Column("new_rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("departure_reason", sa.String(length=1000), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concern"], ["concern.slug"], name=op.f("fk_refresh_item_concern")
        ),
        sa.ForeignKeyConstraint(
            ["refresh_id"], ["refresh.id"], name=op.f("fk_refresh_item_refresh_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_item")),
        sa.UniqueConstraint(
            "refresh_id", "concern", name=op.f("uq_refresh_item_refresh_id_concern")
        ),
        sa.UniqueConstraint(
            "refresh_id", "position", name=op.f("uq_refresh_item_refresh_id_position")
        ),
    )
    op.create_table(
        "ward_crosswalk",
        sa.Column("from_ward_id", sa.Uuid(), nullable=False),
        sa.Column("to_ward_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("share_of_from", sa.Float(), nullable=False),
        sa.Column("share_of_to", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_ward_id"], ["ward.id"], name=op.f("fk_ward_crosswalk_from_ward_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_ward_id"], ["ward.id"], name=op.f("fk_ward_crosswalk_to_ward_id")
        ),
        sa.PrimaryKeyConstraint("from_ward_id", "to_ward_id", name=op.f("pk_ward_crosswalk")),
    )
    op.create_index(
        op.f("ix_ward_crosswalk_to_ward_id"), "ward_crosswalk", ["to_ward_id"], unique=False
    )
    op.create_table(
        "envelope",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.LargeBinary(length=16), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_envelope_poll_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_envelope_round_id")),
        sa.PrimaryKeyConstraint("round_id", "slot", name=op.f("pk_envelope")),
    )
    op.create_index(op.f("ix_envelope_poll_id"), "envelope", ["poll_id"], unique=False)
    op.create_table(
        "opened_ballot",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "choices",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("tracker", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_opened_ballot_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "position", name=op.f("pk_opened_ballot")),
    )
    op.create_table(
        "poll_option",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("concern", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["concern"], ["concern.slug"], name=op.f("fk_poll_option_concern")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_option_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_option")),
        sa.UniqueConstraint("poll_id", "concern", name=op.f("uq_poll_option_poll_id_concern")),
        sa.UniqueConstraint("poll_id", "position", name=op.f("uq_poll_option_poll_id_position")),
    )
    op.create_table(
        "poll_result",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.Column(
            "by_level",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "profile",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "count",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_result_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_poll_result")),
    )


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("poll_result")
    op.drop_table("poll_option")
    op.drop_table("opened_ballot")
    op.drop_index(op.f("ix_envelope_poll_id"), table_name="envelope")
    op.drop_table("envelope")
    op.drop_index(op.f("ix_ward_crosswalk_to_ward_id"), table_name="ward_crosswalk")
    op.drop_table("ward_crosswalk")
    op.drop_table("refresh_item")
    op.drop_index("ix_poll_ward_code_status", table_name="poll")
    op.drop_index(op.f("ix_poll_borough_code"), table_name="poll")
    op.drop_table("poll")
    op.drop_index(op.f("ix_outcome_priority_id"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(op.f("ix_event_ward_ward_code"), table_name="event_ward")
    op.drop_table("event_ward")
    op.drop_table("event_record")
    op.drop_index(op.f("ix_action_priority_id"), table_name="action")
    op.drop_table("action")
    op.drop_index(op.f("ix_abstraction_posting_id"), table_name="abstraction")
    op.drop_table("abstraction")
    op.drop_index("ix_ward_code", table_name="ward")
    op.drop_index(op.f("ix_ward_borough_code"), table_name="ward")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("gix_ward_boundary", table_name="ward", postgresql_using="gist")
    op.drop_table("ward")
    op.drop_index(op.f("ix_round_borough_code"), table_name="round")
    op.drop_table("round")
    op.drop_index(
        "uq_refresh_in_progress",
        table_name="refresh",
        postgresql_where=sa.text("status IN ('open', 'proposed')"),
        sqlite_where=sa.text("status IN ('open', 'proposed')"),
    )
    op.drop_index(op.f("ix_refresh_ward_code"), table_name="refresh")
    op.drop_table("refresh")
    op.drop_index(op.f("ix_priority_concern"), table_name="priority")
    op.drop_table("priority")
    op.drop_index("ix_posting_ward_code_starts_on", table_name="posting")
    op.drop_index(op.f("ix_posting_officer_id"), table_name="posting")
    op.drop_index("ix_posting_borough_code_starts_on", table_name="posting")
    op.drop_table("posting")
    op.drop_index("ix_evidence_ward_code_period_to", table_name="evidence")
    op.drop_index(op.f("ix_evidence_borough_code"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_community_event_starts_at", table_name="community_event")
    op.drop_index("ix_community_event_borough_code_starts_at", table_name="community_event")
    op.drop_table("community_event")
    op.drop_table("revision")
    op.drop_index(
        "uq_priority_set_active",
        table_name="priority_set",
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.drop_table("priority_set")
    op.drop_table("postcode")
    op.drop_table("officer")
    op.drop_index(op.f("ix_idempotent_answer_created_at"), table_name="idempotent_answer")
    op.drop_table("idempotent_answer")
    op.drop_index(op.f("ix_coverage_standard_ward_code"), table_name="coverage_standard")
    op.drop_table("coverage_standard")
    op.drop_table("concern")
    op.drop_index(
        "uq_boundary_edition_active",
        table_name="boundary_edition",
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.drop_table("boundary_edition")
    op.drop_table("borough")
    op.drop_index(op.f("ix_audit_entry_ward_code"), table_name="audit_entry")
    op.drop_index("ix_audit_entry_subject_kind_subject_id", table_name="audit_entry")
    op.drop_table("audit_entry")
