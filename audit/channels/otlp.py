"""Events as OpenTelemetry log records over OTLP/HTTP with JSON."""

import json
from typing import Any

from audit.channels import http
from audit.channels.delivery import Delivery
from audit.models import AuditEvent, Destination

SEVERITIES = {"success": (9, "INFO"), "aborted": (13, "WARN"), "denied": (13, "WARN")}
ERROR = (17, "ERROR")
NUMBERS = {
    "gen_ai.usage.input_tokens": "tokens_in", "gen_ai.usage.output_tokens": "tokens_out",
    "http.response.status_code": "http_status", "gatehouse.leaf_index": "leaf_index",
    "gatehouse.cost_nano": "cost_nano", "gatehouse.duration_us": "duration_us",
}  # fmt: skip
TEXTS = {
    "gen_ai.request.model": "model_requested", "gen_ai.response.model": "model_served",
    "gen_ai.provider.name": "provider", "url.path": "http_path", "http.request.method": "http_method",
    "client.address": "src_ip", "user_agent.original": "user_agent", "error.type": "error_code",
    "enduser.id": "actor_id", "gatehouse.outcome": "outcome", "gatehouse.organisation": "organisation_id",
    "gatehouse.request_id": "request_id", "session.id": "session_id",
}  # fmt: skip


def send(destination: Destination, delivery: Delivery) -> str:
    """One export request; the receiver tells repetitions apart by gatehouse.event_id. Raises NotDelivered."""
    headers = {"Content-Type": "application/json"}
    if destination.identity and destination.secret:
        headers[destination.identity] = destination.secret
    body = json.dumps(request_of(delivery), ensure_ascii=False).encode()
    return str(http.send("POST", destination.address, body, headers).status_code)


def request_of(delivery: Delivery) -> dict[str, Any]:
    """An ExportLogsServiceRequest."""
    resource = {"attributes": [_text("service.name", "gatehouse")]}
    records = [log_record(event) for event in delivery.events]
    scoped = {"scope": {"name": "gatehouse.audit", "version": "1"}, "logRecords": records}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [scoped]}]}


def log_record(event: AuditEvent) -> dict[str, Any]:
    """One LogRecord; its body is the record."""
    number, text = SEVERITIES.get(event.outcome, ERROR)
    attributes = [_text("gatehouse.event_id", str(event.pk))]
    attributes += [_text(key, getattr(event, name)) for key, name in TEXTS.items() if getattr(event, name)]
    attributes += [
        _number(key, getattr(event, name)) for key, name in NUMBERS.items() if getattr(event, name) is not None
    ]
    found: dict[str, Any] = {
        "timeUnixNano": str(int(event.occurred_at.timestamp() * 1_000_000) * 1000),
        "observedTimeUnixNano": str(int(event.ingested_at.timestamp() * 1_000_000) * 1000),
        "severityNumber": number, "severityText": text, "eventName": f"gatehouse.{event.type}",
        "body": {"stringValue": bytes(event.raw).decode("utf-8", "replace")}, "attributes": attributes,
    }  # fmt: skip
    if len(event.trace_id) == 32:
        found["traceId"] = event.trace_id
    return found


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _number(key: str, value: int) -> dict[str, Any]:
    return {"key": key, "value": {"intValue": str(value)}}
