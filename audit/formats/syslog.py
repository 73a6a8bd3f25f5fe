"""Events as syslog messages (RFC 5424). Only registered structured data is used: we have no enterprise number."""

import re

from django.conf import settings

from audit.models import AuditEvent

FACILITY = 13  # log audit
SEVERITIES = {"success": 6, "failure": 4, "denied": 4, "error": 3, "aborted": 5}
MOST_SEQUENCE = 2**31 - 1


def as_syslog(event: AuditEvent) -> bytes:
    """One message without framing. The record follows as UTF-8, marked so by a byte order mark."""
    priority = FACILITY * 8 + SEVERITIES.get(event.outcome, 5)
    when = f"{event.occurred_at:%Y-%m-%dT%H:%M:%S.%f}Z"
    host = _printable(str(settings.AUDIT_NODE), 255)
    sequence = event.leaf_index % MOST_SEQUENCE + 1
    data = f'[origin software="Gatehouse"][meta sequenceId="{sequence}"]'
    header = f"<{priority}>1 {when} {host} gatehouse - {_printable(event.type, 32)} {data} "
    return header.encode("ascii") + b"\xef\xbb\xbf" + bytes(event.raw)


def _printable(text: str, longest: int) -> str:
    return re.sub(r"[^!-~]", "_", text)[:longest] or "-"
