"""The audit records of a copy: one before it is sent, one when it is over; the lone one of a copy that was not sent.

The ledger's row of it follows from them: at first with what was reserved, then with what it cost.
"""

import time
from typing import Any

from accounts.errors import GatehouseError
from audit.errors import AuditUnavailable
from audit.log import record
from llmproxy.catalog import Deployment
from llmproxy.errors import AuditRefused
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import Copy
from llmproxy.pipeline.records import caller, is_left_out, unnamed

INHERITED = ("end_user", "budget", "cost_centre", "tags")
LEFT_OUT = ("cost_centre",)  # where the audit policy leaves the call out: who pays, and nothing of who asked


def started(copy: Copy) -> None:
    """`proxy.hedge.started`, `proxy.shadow.started`. Raises AuditRefused: it cannot be kept, so it is not sent."""
    call = copy.call
    inherited = LEFT_OUT if is_left_out(call) else INHERITED
    copy.notes |= {name: call.notes[name] for name in inherited if name in call.notes}
    copy.notes.setdefault("admitted", time.time_ns() // 1000)
    try:
        copy.record_id = record(f"proxy.{copy.kind}.started", **_about(call, copy.deployment), attrs=_attrs(copy))
    except AuditUnavailable as error:
        raise AuditRefused from error


def ended(copy: Copy, how: str, outcome: str, **columns: Any) -> None:
    """How it ended: completed, failed or aborted; with what it used and cost."""
    if not copy.record_id:
        return
    cost, usage, price = copy.cost, copy.usage, copy.price
    attrs = _attrs(copy) | {"copy_id": copy.record_id, "price": "unknown" if cost is None or not price else price.id}
    if usage is not None:
        columns |= {
            "tokens_in": usage.input, "tokens_out": usage.output, "tokens_cached": usage.cached,
            "tokens_reasoning": usage.reasoning,
        }  # fmt: skip
        attrs |= {"cache_write": usage.cache_write} if usage.cache_write else {}
        attrs |= {"units": dict(copy.call.units)} if copy.call.units else {}
    duration = int((time.perf_counter() - copy.started) * 1e6)
    about = _about(copy.call, copy.deployment)
    record(
        f"proxy.{copy.kind}.{how}", outcome=outcome, **about, **columns, cost_nano=cost, duration_us=duration,
        attrs=attrs,
    )  # fmt: skip


def not_sent(call: Call, deployment: Deployment, error: GatehouseError) -> None:
    """`proxy.shadow.failed` of one that no budget had room for, or that could not be put into words."""
    if is_left_out(call):
        return
    attrs = {"shadow": True, "charged": False, "sent": False, "endpoint": call.endpoint, "message": error.message}
    about = _about(call, deployment)
    record("proxy.shadow.failed", outcome="denied", error_code=error.code, **about, attrs=attrs)


def _about(call: Call, deployment: Deployment | None) -> dict[str, Any]:
    about = (
        unnamed(call) if is_left_out(call) else {**caller(call.request, call.principal), "model_requested": call.model}
    )
    if deployment is not None:
        about |= {"provider": deployment.provider_slug, "model_served": deployment.upstream_model}
    return about


def _attrs(copy: Copy) -> dict[str, Any]:
    call, deployment = copy.call, copy.deployment
    attrs = {
        copy.kind: True, "charged": call.is_charged, "endpoint": call.endpoint, "stream": call.stream, **copy.notes,
        "deployment": "" if deployment is None else deployment.id,
    }  # fmt: skip
    return attrs
