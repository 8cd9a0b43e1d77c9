"""Acts that wait for a second person, and partners' keys."""

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""


def downgrade() -> None:
    """Remove what the upgrade wrote."""
