"""Boards of the boroughs, facilities with their hours, and what was promised to be published."""

from datetime import date

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.geometry import Geo

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
MET = "Metropolitan Police Service"
HEADED = "The plan names the month alone; due at the end of it."
PUBLICATIONS = [
    (
        "serious-organised-crime-update",
        "Serious and organised crime in London: update",
        "The threat, and what the force does about it, told to partners and the public.",
        6,
        date(2023, 10, 31),
        f"{HEADED} The first update falls due then, the next ones every six months after it.",
        ["C27"],
    ),
    (
        "violence-against-women-and-girls-maps",
        "Hotspot maps of violence against women and girls",
        "Maps of where it happens that anyone can read.",
        None,
        date(2023, 12, 31),
        f"{HEADED} No interval is promised, so the first edition keeps the promise.",
        ["C29"],
    ),
    (
        "open-data-release",
        "Open data, dashboards and infographics for communities",
        "What the force does and why, as data and pictures that anyone can use.",
        None,
        date(2024, 7, 31),
        f"{HEADED} No interval is promised, so the first release keeps the promise.",
        ["C31"],
    ),
    (
        "stop-and-search-charter",
        "Stop and search charter",
        "The rationale for the use of the powers, agreed with communities.",
        None,
        date(2023, 10, 31),
        HEADED,
        ["C32"],
    ),
    (
        "stop-and-search-annual-account",
        "Annual account of stop and search",
        "What the charter led to, year by year.",
        12,
        date(2024, 10, 31),
        "No date is promised: the first falls due a year after the charter, then one a year.",
        ["C32"],
    ),
]


def upgrade() -> None:
    """Write the tables and the promised series."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    _create_boards()
    _create_meetings()
    _create_facilities()
    _create_publications()


def _create_boards() -> None:
    op.create_table(
        "board",
        sa.Column("borough_code", sa.String(9), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("terms", sa.String(4000), nullable=True),
        sa.Column("terms_url", sa.String(500), nullable=True),
        sa.Column("established_on", sa.Date(), nullable=False),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("dissolve_reason", sa.String(500), nullable=True),
        *_editable(),
        sa.CheckConstraint(
            "dissolved_on IS NULL OR dissolved_on >= established_on", name=op.f("ck_board_dates")
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_board_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
    )
    op.create_index(op.f("ix_board_borough_code"), "board", ["borough_code"])
    op.create_table(
        "board_member",
        sa.Column("board_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("label", sa.String(80), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        *_editable(),
        sa.CheckConstraint(
            "ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_board_member_dates")
        ),
        sa.CheckConstraint(
            "kind IN ('public', 'community_leader', 'police', 'council', 'other')",
            name=op.f("ck_board_member_kind"),
        ),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_member_board_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_member")),
    )
    op.create_index(op.f("ix_board_member_board_id"), "board_member", ["board_id"])


def _create_meetings() -> None:
    op.create_table(
        "board_meeting",
        sa.Column("board_id", sa.Uuid(), nullable=False),
        sa.Column("meets_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("status_reason", sa.String(500), nullable=True),
        sa.Column("open_to_public", sa.Boolean(), nullable=False),
        sa.Column("attendance", JSON, nullable=False),
        sa.Column("minutes_url", sa.String(500), nullable=True),
        sa.Column("minutes_published_on", sa.Date(), nullable=True),
        *_editable(),
        sa.CheckConstraint(
            "status IN ('planned', 'held', 'cancelled')", name=op.f("ck_board_meeting_status")
        ),
        sa.ForeignKeyConstraint(["board_id"], ["board.id"], name=op.f("fk_board_meeting_board_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_meeting")),
    )
    op.create_index("ix_board_meeting_board_id_meets_on", "board_meeting", ["board_id", "meets_on"])
    op.create_table(
        "board_decision",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.Column("outcome_note", sa.String(1000), nullable=True),
        *_editable(),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('done', 'partly_done', 'not_done', 'withdrawn')",
            name=op.f("ck_board_decision_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (outcome_on IS NULL)", name=op.f("ck_board_decision_outcome_on")
        ),
        sa.CheckConstraint(
            "due_on IS NULL OR due_on >= decided_on", name=op.f("ck_board_decision_dates")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["board_meeting.id"], name=op.f("fk_board_decision_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_decision")),
    )
    op.create_index(op.f("ix_board_decision_meeting_id"), "board_decision", ["meeting_id"])


def _create_facilities() -> None:
    op.create_table(
        "facility",
        sa.Column("borough_code", sa.String(9), nullable=False),
        sa.Column("kind", sa.String(15), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("location", Geo("POINT"), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("close_reason", sa.String(500), nullable=True),
        *_editable(),
        sa.CheckConstraint(
            "kind IN ('front_counter', 'base', 'co_located')", name=op.f("ck_facility_kind")
        ),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_facility_dates")
        ),
        sa.CheckConstraint(
            "(closed_on IS NULL) = (close_reason IS NULL)", name=op.f("ck_facility_close_reason")
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_facility_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    op.create_index(op.f("ix_facility_borough_code"), "facility", ["borough_code"])
    op.create_table(
        "facility_hours",
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("is_24_7", sa.Boolean(), nullable=False),
        sa.Column("weekly", JSON, nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retracted_reason", sa.String(500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_facility_hours_dates")
        ),
        sa.CheckConstraint(
            "(retracted_at IS NULL) = (retracted_reason IS NULL)",
            name=op.f("ck_facility_hours_retracted_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_hours_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility_hours")),
    )
    op.create_index(op.f("ix_facility_hours_facility_id"), "facility_hours", ["facility_id"])
    _create_unique("uq_facility_hours_start", ["facility_id", "valid_from"], "")
    _create_unique("uq_facility_hours_last", ["facility_id"], " AND valid_to IS NULL")


def _create_unique(name: str, columns: list[str], more: str) -> None:
    among = sa.text(f"retracted_at IS NULL{more}")
    op.create_index(
        name, "facility_hours", columns, unique=True, postgresql_where=among, sqlite_where=among
    )


def _create_publications() -> None:
    publication = op.create_table(
        "publication",
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("cadence_months", sa.Integer(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("reading", sa.String(500), nullable=False),
        sa.Column("commitments", JSON, nullable=False),
        sa.Column("url", sa.String(500), nullable=True),
        sa.CheckConstraint(
            "cadence_months IS NULL OR cadence_months > 0",
            name=op.f("ck_publication_cadence_months"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_publication")),
    )
    op.create_table(
        "publication_release",
        sa.Column("publication_code", sa.String(60), nullable=False),
        sa.Column("period", sa.String(60), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.String(500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_publication_release_withdrawn_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["publication_code"],
            ["publication.code"],
            name=op.f("fk_publication_release_publication_code"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_release")),
    )
    op.create_index(
        "ix_publication_release_publication_code_published_on",
        "publication_release",
        ["publication_code", "published_on"],
    )
    names = ("code", "title", "description", "cadence_months", "first_due_on", "reading")
    rows = [dict(zip((*names, "commitments"), row, strict=True)) for row in PUBLICATIONS]
    op.bulk_insert(publication, [{**row, "owner": MET, "url": None} for row in rows])


def _editable() -> list[sa.Column[object]]:
    """Return the columns of a row that people edit."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in (
        "publication_release",
        "publication",
        "facility_hours",
        "facility",
        "board_decision",
        "board_meeting",
        "board_member",
        "board",
    ):
        op.drop_table(table)
