"""HTML from outside as plain text, and text from outside without what no database keeps."""

import html
import re

import nh3

BLOCKS = {"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
LINE_END = re.compile(r"<br ?/?>|</(?:p|li|div|tr|h[1-6])>")
TAG = re.compile(r"<[^>]*>")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLANK_LINES = re.compile(r"\n{3,}")


def plain_text(markup: str | None) -> str | None:
    """Return the words of an HTML fragment, its lines kept; `None` when it has none.

    Scripts, styles and comments go with all that is in them. The result is text: whoever puts it
    into a page must escape it like any other.
    """
    if markup is None:
        return None
    # What `nh3` gives back is well formed and holds these tags only, without any attribute.
    safe = nh3.clean(markup, tags=BLOCKS, attributes={}, strip_comments=True)
    return tidy(html.unescape(TAG.sub("", LINE_END.sub("\n", safe))))


def tidy(text: str | None) -> str | None:
    """Return text with single spaces, at most one blank line in a row, nothing unseen."""
    if text is None:
        return None
    lines = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    joined = "\n".join(" ".join(line.split()) for line in lines)
    return BLANK_LINES.sub("\n\n", joined).strip() or None
