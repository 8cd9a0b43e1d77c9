"""Take back what estimates told in percents: who knows the sizes of groups can solve for it."""

from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Leave the reason in their place."""
    op.execute(
        'UPDATE poll_estimate SET estimate = \'{"reason": "would_tell_groups", "left_out": {}}\''
        " WHERE estimate ->> 'reason' IS NULL"
    )


def downgrade() -> None:
    """Bring nothing back."""
