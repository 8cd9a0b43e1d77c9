"""Acts that wait for a second person, and partners' keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
PENDING = sa.text("status = 'pending'")


def editable() -> list[sa.Column[object]]:
    """Return the columns of a row that people edit."""
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    """Write the tables; polls that were announced under the old rule still open by the clock."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "approval",
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("subject_kind", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.String(60), nullable=False),
        sa.Column("borough_code", sa.String(9), nullable=True),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("requested_by", sa.String(120), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("closed_by", sa.String(120), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *editable(),
        sa.CheckConstraint(
            "status IN ('pending', 'carried_out', 'withdrawn', 'expired')",
            name=op.f("ck_approval_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_borough_code"), "approval", ["borough_code"])
    op.create_index(
        "uq_approval_pending_fingerprint",
        "approval",
        ["fingerprint"],
        unique=True,
        postgresql_where=PENDING,
        sqlite_where=PENDING,
    )
    op.create_table(
        "partner_key",
        sa.Column("handle", sa.String(12), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("partner", sa.String(120), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("boroughs", JSON, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("activated_by", sa.String(120), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(120), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        *editable(),
        sa.CheckConstraint(
            "status IN ('inactive', 'active', 'revoked')", name=op.f("ck_partner_key_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_key")),
        sa.UniqueConstraint("handle", name=op.f("uq_partner_key_handle")),
    )
    op.create_index(op.f("ix_partner_key_partner"), "partner_key", ["partner"])
    op.add_column("poll", sa.Column("scheduled_by", sa.String(120), nullable=True))
    op.execute("UPDATE poll SET status = 'open' WHERE status = 'scheduled'")


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    with op.batch_alter_table("poll") as poll:
        poll.drop_column("scheduled_by")
    op.drop_table("partner_key")
    op.drop_table("approval")
