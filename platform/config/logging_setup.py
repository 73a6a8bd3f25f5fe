"""Logs of every process: one line an event, with request id, without credentials, safe against forged lines.

`configure` is settings.LOGGING_CONFIG. Lines of structlog and of plain `logging` (Django, granian, uvicorn, Celery)
take the same way: context variables, redaction, then the console or JSON (GATEHOUSE_LOG_FORMAT). They go to standard
error.
"""

import logging.config
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import Processor

from config.redaction import clean_value

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OWN_HANDLERS = ("django", "django.server", "uvicorn", "uvicorn.error", "uvicorn.access", "_granian", "granian.access",
                "celery", "celery.task", "celery.worker", "celery.beat", "celery.redirected", "axes")  # fmt: skip
# What they say at INFO is noise beside the events of our own, or is said again by them at WARNING.
QUIET = dict.fromkeys(("celery.worker.strategy", "celery.app.trace", "django.server", "axes"), "WARNING")
TRACES = frozenset({"exception", "stack"})
CONTROL_CHARACTERS = {code: f"\\x{code:02x}" for code in (*range(32), 127, *range(0x80, 0xA0))} | {
    10: "\\n", 13: "\\r", 9: "\\t", 0x2028: "\\u2028", 0x2029: "\\u2029",
}  # fmt: skip


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Last step before rendering: no credential leaves, whichever field it is in."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = clean_value(name, value)
    return event


def one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape control characters, so that no value can forge a line of its own; tracebacks keep theirs, indented."""
    for name, value in event.items():
        if isinstance(value, str) and not name.startswith("_"):
            event[name] = _indented(value) if name in TRACES else value.translate(CONTROL_CHARACTERS)
    return event


def _indented(trace: str) -> str:
    return "\n".join(f"    | {line.translate(CONTROL_CHARACTERS)}" for line in trace.splitlines())


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and logging.

    Args:
        options: settings.LOGGING: `level` (a name of LEVELS) and `format` (console or json).

    Raises:
        ImproperlyConfigured: an unknown level or format.
    """
    level = str(options.get("level", "INFO")).upper()
    if level not in LEVELS:
        raise ImproperlyConfigured(f"GATEHOUSE_LOG_LEVEL must be one of {', '.join(LEVELS)}, not {level!r}")
    shared = _shared_processors()
    logging.config.dictConfig(_dict_config(level, shared, _renderers(str(options.get("format", "console")))))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(allow=("status_code", "task_id", "event_id", "code")),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _renderers(style: str) -> list[Processor]:
    head: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact]
    if style == "json":
        return [*head, structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(sort_keys=True)]
    if style == "console":
        plain = structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=36, exception_formatter=structlog.dev.plain_traceback
        )
        return [*head, one_line, plain]
    raise ImproperlyConfigured(f"GATEHOUSE_LOG_FORMAT must be console or json, not {style!r}")


def _dict_config(level: str, shared: list[Processor], renderers: list[Processor]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "gatehouse": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": renderers,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "gatehouse"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Handlers of their own would bypass the redaction: taken away, the root logger speaks for all.
        "loggers": {
            name: {"handlers": [], "propagate": True, "level": QUIET.get(name, level)}
            for name in {*OWN_HANDLERS, *QUIET}
        },
    }
