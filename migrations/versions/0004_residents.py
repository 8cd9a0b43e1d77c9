"""Residents: sign-ins by code, sessions, proofs of residence, mail that waits to be sent."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "resident",
        sa.Column("anchor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("anchor", name=op.f("pk_resident")),
    )
    op.create_index(op.f("ix_resident_seen_on"), "resident", ["seen_on"], unique=False)
    op.create_table(
        "resident_session",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("anchor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor"],
            ["resident.anchor"],
            name=op.f("fk_resident_session_anchor"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_resident_session")),
    )
    op.create_index(
        op.f("ix_resident_session_anchor"), "resident_session", ["anchor"], unique=False
    )
    op.create_index(
        op.f("ix_resident_session_expires_at"), "resident_session", ["expires_at"], unique=False
    )
    op.create_table(
        "sign_in",
        sa.Column("anchor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wrong_codes", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("anchor", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("id", name=op.f("uq_sign_in_id")),
    )
    op.create_index(op.f("ix_sign_in_expires_at"), "sign_in", ["expires_at"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("anchor", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_anchor"), "mail", ["anchor"], unique=False)
    op.create_index(op.f("ix_mail_due_at"), "mail", ["due_at"], unique=False)
    op.create_index(op.f("ix_mail_expires_at"), "mail", ["expires_at"], unique=False)
    op.create_table(
        "residence_code",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_residence_code")),
    )
    op.create_index(
        op.f("ix_residence_code_expires_at"), "residence_code", ["expires_at"], unique=False
    )
    op.create_table(
        "spent_proof",
        sa.Column("proof", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=32), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("proof", name=op.f("pk_spent_proof")),
    )
    op.create_index(op.f("ix_spent_proof_erased_at"), "spent_proof", ["erased_at"], unique=False)
    op.create_index(op.f("ix_spent_proof_holder"), "spent_proof", ["holder"], unique=False)
    op.create_table(
        "declaration",
        sa.Column("bucket", sa.LargeBinary(length=32), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=32), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "holder", name=op.f("pk_declaration")),
    )
    op.create_index(op.f("ix_declaration_stated_at"), "declaration", ["stated_at"], unique=False)


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    for table in (
        "declaration",
        "spent_proof",
        "residence_code",
        "mail",
        "sign_in",
        "resident_session",
        "resident",
    ):
        op.drop_table(table)
