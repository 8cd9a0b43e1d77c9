"""Several sign-ins for one mailbox, so that a stranger who asks for one ends nobody else's."""

from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Let a sign-in be known by its own id."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
        for name in ("pk_sign_in", "uq_sign_in_id"):
            op.execute(
                f"-- squawk-ignore ban-drop-constraint\nALTER TABLE sign_in DROP CONSTRAINT {name}"
            )
        op.create_primary_key(op.f("pk_sign_in"), "sign_in", ["id"])
        op.create_index(op.f("ix_sign_in_anchor"), "sign_in", ["anchor"])
        return
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_constraint(op.f("pk_sign_in"), type_="primary")
        sign_in.drop_constraint(op.f("uq_sign_in_id"), type_="unique")
        sign_in.create_primary_key(op.f("pk_sign_in"), ["id"])
        sign_in.create_index(op.f("ix_sign_in_anchor"), ["anchor"])


def downgrade() -> None:
    """End the sign-ins that wait, of which a mailbox has one place before."""
    op.execute("DELETE FROM sign_in")
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_index(op.f("ix_sign_in_anchor"))
        sign_in.drop_constraint(op.f("pk_sign_in"), type_="primary")
        sign_in.create_primary_key(op.f("pk_sign_in"), ["anchor"])
        sign_in.create_unique_constraint(op.f("uq_sign_in_id"), ["id"])
