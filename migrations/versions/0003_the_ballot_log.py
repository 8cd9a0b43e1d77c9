"""The public log of sealed ballots: leaves that wait, leaves in their place, signed heads."""

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""


def downgrade() -> None:
    """Remove what the upgrade wrote."""
