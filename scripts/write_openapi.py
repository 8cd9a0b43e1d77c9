"""Write openapi.json, the checked-in description of the API.

python scripts/write_openapi.py            write it
python scripts/write_openapi.py --check    say whether it is what the code gives
"""

import json
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from app.main import create_app  # noqa: E402 - a script finds the service only now
from app.settings import Mode, Settings  # noqa: E402 - the same

TARGET = REPOSITORY / "openapi.json"


def render() -> str:
    """Return the description of the service as `make run` starts it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            mode=Mode.EVALUATION,
            host="127.0.0.1",
            database_url=f"sqlite:///{folder}/unused.sqlite3",
            key_store=Path(folder, "keys"),
        )
        document = create_app(settings).openapi()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` return 1 when it is not up to date."""
    text = render()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("openapi.json is not what the code gives: run `make openapi`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
