"""A blind for every audit entry from now on, so that its public hash tells nothing hidden."""

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the column in place: a copy of the table would lose the triggers that guard it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("audit_entry", sa.Column("blind", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Remove the blinds; entries that had one can no longer be verified."""
    op.drop_column("audit_entry", "blind")
