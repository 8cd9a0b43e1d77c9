"""Check the SQL that the migrations run on PostgreSQL with squawk: locks, rewrites, lost data.

python scripts/check_migrations.py [--print]
"""

import io
import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import JSON

REPOSITORY = Path(__file__).resolve().parents[1]
SQUAWK = Path(sysconfig.get_path("scripts")) / "squawk"


def render_sql() -> str:
    """Return what an upgrade of an empty PostgreSQL database would execute."""

    # SQLAlchemy writes no JSON literals, which only this rendering of data migrations needs.
    def literal_processor(_: JSON, dialect: Any) -> Any:
        del dialect
        return lambda value: "'" + json.dumps(value).replace("'", "''") + "'"

    JSON.literal_processor = literal_processor  # type: ignore[method-assign, assignment]
    buffer = io.StringIO()
    config = Config(toml_file=REPOSITORY / "pyproject.toml", output_buffer=buffer)
    command.upgrade(config, "head", sql=True)
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Return 0 when squawk finds nothing to say."""
    sql = render_sql()
    if "--print" in arguments:
        sys.stdout.write(sql)
        return 0
    done = subprocess.run(
        [SQUAWK, "--stdin-filepath", "migrations.sql"],
        input=sql,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
