"""Counters of requests that all processes share."""

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""


def downgrade() -> None:
    """Remove what the upgrade wrote."""
