"""Calls of a route as they stand on the log."""

from typing import Any

from django.apps import apps
from django.conf import settings

from audit.context import Actor
from audit.ingest.ingestor import Ingestor
from audit.log import record
from llmproxy.models import Route


def put_on_record(route: Route, number: int, **columns: Any) -> None:
    """`number` completed calls of `route`, each with a seed of its own, taken in."""
    for index in range(number):
        plan = {
            "route": str(route.pk),
            "seed": f"{index * 0x9E3779B97F4A7C15 % 2**64:016x}",
            "attempts": [{"to": "one/model", "result": "answered", "why": "priority 0, weight 1", "took_us": 5000}],
        }
        values = {
            "organisation_id": str(route.organisation_id), "provider": "one", "model_served": "model",
            "model_requested": route.public_name, "request_id": f"call-{index}", "tokens_in": 1000, "tokens_out": 100,
            "http_status": 200, "cost_nano": 2_000_000, **columns,
        }  # fmt: skip
        actor = Actor("api_key", "key:1", "app")
        record("proxy.request.completed", actor=actor, attrs={"price": "x", "plan": plan}, **values)
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
