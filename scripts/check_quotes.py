"""Says which verbatim quotes of the register stand, word for word, in a folder of plan texts.

`python scripts/check_quotes.py FOLDER`: the texts themselves are not part of the project.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.sources.register import read_register  # noqa: E402 - the project is found first


def plain(text: str) -> str:
    """Return a text with every run of white space as one space."""
    return " ".join(text.split())


def main(folder: Path) -> int:
    """Print each quote that stands nowhere; the exit code is 1 when there is one."""
    texts = {path.name: plain(path.read_text(encoding="utf-8")) for path in folder.glob("*.txt")}
    checked = missing = 0
    for commitment in read_register().commitments:
        for quote in commitment.quotes:
            if quote.wording == "paraphrase":
                continue
            checked += 1
            if not any(plain(quote.text) in text for text in texts.values()):
                missing += 1
                print(f"{commitment.code}: not found: {quote.text}")
    print(f"{checked} verbatim quotes in {len(texts)} texts, {missing} not found")
    return 1 if missing or not checked else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
