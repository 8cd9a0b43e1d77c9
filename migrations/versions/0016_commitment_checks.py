"""What checks of commitments found: two tables to which rows are only ever added."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
APPEND_ONLY = ("commitment_run", "commitment_check")
STATUSES = (
    "status IN ('met', 'on_track', 'at_risk', 'breached', 'not_due', 'not_measurable', 'retired')"
)


def upgrade() -> None:
    """Write the tables, and the triggers that refuse every change of their rows."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("SET LOCAL lock_timeout = '4s'")
    _create_runs()
    _create_checks()
    for table in APPEND_ONLY:
        if on_postgresql:
            op.execute(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
            continue
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER append_only_{table}_{act} BEFORE {act.upper()} ON {table} BEGIN"
                f" SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
            )


def _create_runs() -> None:
    op.create_table(
        "commitment_run",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_run")),
        sa.UniqueConstraint("number", name=op.f("uq_commitment_run_number")),
    )
    op.create_index("ix_commitment_run_as_of", "commitment_run", ["as_of"])


def _create_checks() -> None:
    op.create_table(
        "commitment_check",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.String(10), nullable=False),
        sa.Column("reading", sa.String(40), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("area_code", sa.String(9), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("previous_status", sa.String(20), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("since_kind", sa.String(10), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("target", sa.Double(), nullable=True),
        sa.Column("shortfall", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(20), nullable=True),
        sa.Column("finding", sa.String(600), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(STATUSES, name=op.f("ck_commitment_check_status")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["commitment_run.id"], name=op.f("fk_commitment_check_run_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_commitment_check")),
    )
    line = ["area_code", "scope", "commitment", "reading", "position"]
    op.create_index("ix_commitment_check_line", "commitment_check", line)
    op.create_index("ix_commitment_check_commitment", "commitment_check", ["commitment"])
    op.create_index("ix_commitment_check_as_of", "commitment_check", ["as_of"])
    op.create_index(op.f("ix_commitment_check_run_id"), "commitment_check", ["run_id"])


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    op.drop_table("commitment_check")
    op.drop_table("commitment_run")
