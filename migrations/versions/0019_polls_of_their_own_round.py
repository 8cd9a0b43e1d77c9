"""An envelope names a poll of its own round: one foreign key over both, in place of two.

Who names a poll of a round names the round too, so nothing is given up; and each ballot is checked
once where it was checked twice.
"""

from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None

GIVEN_UP = ("fk_envelope_poll_id", "fk_envelope_round_id")


def upgrade() -> None:
    """Let one key say both, and only then give up the two."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("SET LOCAL lock_timeout = '4s'")
    with op.batch_alter_table("poll") as poll:
        poll.create_unique_constraint(op.f("uq_poll_round_id_id"), ["round_id", "id"])
    with op.batch_alter_table("envelope") as envelope:
        envelope.create_foreign_key(
            op.f("fk_envelope_round_id_poll_id"),
            "poll",
            ["round_id", "poll_id"],
            ["round_id", "id"],
        )
        if not postgresql:
            for name in GIVEN_UP:
                envelope.drop_constraint(op.f(name), type_="foreignkey")
    if postgresql:
        for name in GIVEN_UP:
            op.execute(
                f"-- squawk-ignore ban-drop-constraint\nALTER TABLE envelope DROP CONSTRAINT {name}"
            )


def downgrade() -> None:
    """Let two keys say one each."""
    with op.batch_alter_table("envelope") as envelope:
        envelope.create_foreign_key(op.f("fk_envelope_poll_id"), "poll", ["poll_id"], ["id"])
        envelope.create_foreign_key(op.f("fk_envelope_round_id"), "round", ["round_id"], ["id"])
        envelope.drop_constraint(op.f("fk_envelope_round_id_poll_id"), type_="foreignkey")
    with op.batch_alter_table("poll") as poll:
        poll.drop_constraint(op.f("uq_poll_round_id_id"), type_="unique")
