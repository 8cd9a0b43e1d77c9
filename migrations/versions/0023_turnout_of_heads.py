"""The turnout that is told, beside each head of a log, so that it moves with the heads only."""

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Let the newest head of each poll tell the turnout of today."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    turnout = sa.Column("turnout", sa.Integer(), nullable=False, server_default="0")
    op.add_column("tree_head", turnout)
    op.execute(
        "UPDATE tree_head SET turnout = (SELECT count(*) / 10 * 10 FROM envelope"
        " WHERE envelope.poll_id = tree_head.poll_id) WHERE NOT EXISTS (SELECT 1 FROM tree_head AS"
        " later WHERE later.poll_id = tree_head.poll_id AND later.number > tree_head.number)"
    )


def downgrade() -> None:
    """Remove it; envelopes are counted whenever somebody asks."""
    op.drop_column("tree_head", "turnout")
