"""Second openings by the auditor and the end of a round's keys."""

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""


def downgrade() -> None:
    """Remove what the upgrade wrote."""
