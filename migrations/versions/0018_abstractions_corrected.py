"""A version for abstractions, so that one can be corrected without losing another's correction."""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Give every abstraction its first version."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    with op.batch_alter_table("abstraction") as abstraction:
        abstraction.add_column(
            sa.Column("version", sa.Integer(), server_default="1", nullable=False)
        )


def downgrade() -> None:
    """Remove the versions."""
    with op.batch_alter_table("abstraction") as abstraction:
        abstraction.drop_column("version")
