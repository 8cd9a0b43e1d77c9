"""What nobody may change through the service, signed daily heads, the evaluation stamp."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

APPEND_ONLY = (
    "audit_entry",
    "audit_head",
    "evaluation_stamp",
    "opened_ballot",
    "poll_result",
    "log_leaf",
    "tree_head",
)
RESTATED = {"tree_head": ("poll_id", "number", "size", "root", "frontier")}
"""Of these only the named columns stand: a head that says nothing new is signed again, later."""
FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    """Write the tables, and the triggers that refuse every change of what is append-only."""
    op.create_table(
        "audit_head",
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry_hash", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("signed_on", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "evaluation_stamp",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_evaluation_stamp_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_stamp")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
        op.execute(FUNCTION)
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER append_only BEFORE {_update(table)} OR DELETE OR TRUNCATE"
                f" ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
        return
    for table in APPEND_ONLY:
        for act, what in (("update", _update(table)), ("delete", "DELETE")):
            op.execute(
                f"CREATE TRIGGER append_only_{table}_{act} BEFORE {what} ON {table} BEGIN"
                f" SELECT RAISE(ABORT, 'rows of {table} are never changed or removed'); END"
            )


def _update(table: str) -> str:
    columns = RESTATED.get(table)
    return "UPDATE" if columns is None else f"UPDATE OF {', '.join(columns)}"


def downgrade() -> None:
    """Remove what the upgrade wrote."""
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        for table in APPEND_ONLY:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER append_only_{table}_{act}")
    op.drop_table("evaluation_stamp")
    op.drop_table("audit_head")
