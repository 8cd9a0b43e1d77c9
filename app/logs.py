"""One JSON line per event on standard error, each with the request it belongs to."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """Renders a record as one line of JSON with its extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, with the request id, any extras and the traceback."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line.update({k: v for k, v in record.__dict__.items() if k not in _PLAIN})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def set_up_logs(level: str = "INFO") -> None:
    """Send every logger's records to standard error as JSON lines."""
    output = logging.StreamHandler()
    output.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[output], force=True)
