"""Jobs and what is told of them; on PostgreSQL also the tables of the queue that huey keeps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNENDED = sa.text("state IN ('queued', 'running')")
QUEUE = (
    (
        "CREATE TABLE huey_task (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " queue text NOT NULL, data bytea NOT NULL, priority double precision NOT NULL DEFAULT 0.0)"
    ),
    "CREATE INDEX huey_task_queue_priority_id ON huey_task (queue, priority DESC, id)",
    (
        "CREATE TABLE huey_schedule (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " queue text NOT NULL, data bytea NOT NULL, timestamp double precision NOT NULL)"
    ),
    "CREATE INDEX huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp)",
    (
        "CREATE TABLE huey_kv (queue text NOT NULL, key text NOT NULL, value bytea NOT NULL,"
        " PRIMARY KEY (queue, key))"
    ),
    (
        "CREATE TABLE huey_counter (queue text NOT NULL, key text NOT NULL,"
        " value bigint NOT NULL DEFAULT 0, PRIMARY KEY (queue, key))"
    ),
)
"""As huey would make them itself, which the role that runs the service may not."""
QUEUE_TABLES = ("huey_counter", "huey_kv", "huey_schedule", "huey_task")


def upgrade() -> None:
    """Write the tables."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "job",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(300), nullable=False),
        sa.Column("checkpoint", JSON, nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("problem", JSON, nullable=True),
        sa.Column("asked_by", sa.String(120), nullable=False),
        sa.Column("asked_role", sa.String(30), nullable=False),
        sa.Column("borough_code", sa.String(9), nullable=True),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("occurrence", sa.String(80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fruitless", sa.Integer(), nullable=False),
        sa.Column("last_event", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_job_state"),
        ),
        sa.ForeignKeyConstraint(
            ["borough_code"], ["borough.code"], name=op.f("fk_job_borough_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("occurrence", name=op.f("uq_job_occurrence")),
    )
    op.create_index(op.f("ix_job_kind"), "job", ["kind"])
    op.create_index(op.f("ix_job_borough_code"), "job", ["borough_code"])
    op.create_index(op.f("ix_job_finished_at"), "job", ["finished_at"])
    op.create_index(
        "ix_job_unended", "job", ["state"], postgresql_where=UNENDED, sqlite_where=UNENDED
    )
    op.create_table(
        "job_event",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_event_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_event")),
    )
    if is_postgresql:
        for statement in QUEUE:
            op.execute(statement)


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    if op.get_bind().dialect.name == "postgresql":
        for table in QUEUE_TABLES:
            op.execute(f"DROP TABLE {table}")
    op.drop_table("job_event")
    op.drop_table("job")
