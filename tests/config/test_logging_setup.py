"""One line an event, in both formats, for structlog and for plain logging."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import logging_setup

CANARY = "c4naryc4naryc4naryc4nary"


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the root handler writes, in the format that the test asks for; the old set-up returns afterwards."""
    root = logging.getLogger()
    before = root.handlers[:]
    logging_setup.configure({"level": "INFO", "format": request.param})
    stream = io.StringIO()
    handler = next(
        handler for handler in root.handlers if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    )
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    yield stream
    logging_setup.configure(settings.LOGGING)
    for old in before:
        if old not in root.handlers and not isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.addHandler(old)


@pytest.mark.parametrize("lines", ["json"], indirect=True)
def test_both_kinds_of_logger_give_json_with_the_request_id(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        structlog.get_logger("ours").info("catalog.loaded", version=7)
        logging.getLogger("django.request").warning("Not Found: %s", "/x")
    ours, theirs = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert ours["message"] == "catalog.loaded" and ours["version"] == 7 and ours["request_id"] == "req-1"
    assert theirs["message"] == "Not Found: /x" and theirs["request_id"] == "req-1" and theirs["level"] == "warning"


@pytest.mark.parametrize("lines", ["json", "console"], indirect=True)
def test_no_credential_is_written(lines: io.StringIO) -> None:
    structlog.get_logger("ours").info("call", headers={"Authorization": f"Bearer {CANARY}"}, api_key=CANARY)
    logging.getLogger("uvicorn.access").info('%s - "%s"', "127.0.0.1", f"GET /v1/models?key={CANARY}")
    try:
        raise ValueError(f"sk-{CANARY} was refused")
    except ValueError:
        logging.getLogger("celery.task").exception("failed with x-api-key: %s", CANARY)
    assert lines.getvalue().count("redacted") >= 4
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("lines", ["json", "console"], indirect=True)
def test_a_value_cannot_forge_a_line(lines: io.StringIO) -> None:
    forged = "x\n2026-01-01T00:00:00Z [info] all is well\r\x1b[2J\u2028"
    structlog.get_logger("ours").info("event", name=forged)
    logging.getLogger("django").warning("path %s", forged)
    assert len(lines.getvalue().splitlines()) == 2
    assert "\x1b" not in lines.getvalue()


@pytest.mark.parametrize("lines", ["console"], indirect=True)
def test_a_traceback_cannot_forge_a_line_either(lines: io.StringIO) -> None:
    try:
        raise ValueError("first\n2026-01-01T00:00:00Z [info] all is well")
    except ValueError:
        logging.getLogger("django").exception("failed")
    _, *trace = lines.getvalue().splitlines()
    assert trace and all(line.startswith("    | ") for line in trace)


@pytest.mark.parametrize("options", [{"format": "xml"}, {"level": "LOUD"}])
def test_nonsense_stops_the_start(options: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        logging_setup.configure(options)
