"""The audit records of a call: one before anything leaves the house, one terminal (AUDIT 5.2)."""

from typing import Any

from uuid_utils import uuid7

from accounts.errors import GatehouseError
from accounts.leaked_in_addresses import without_keys
from accounts.principal import Principal
from accounts.tokens.errors import TokenRefused
from audit.apps import AuditConfig
from audit.context import Actor
from audit.errors import AuditUnavailable
from audit.log import record
from audit.tree.levels import Level
from llmproxy.caching.sealed import Kept
from llmproxy.errors import AuditRefused
from llmproxy.gateway.request import GatewayRequest
from llmproxy.pipeline import content, plan_record
from llmproxy.pipeline.caching import Status
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.costing import cost_of, is_batch

ANONYMOUS = Actor("anonymous", "", "")
# What the ledger needs of a call that the audit policy leaves out; nothing that says who asked.
BILLED = frozenset(
    {"price", "endpoint", "deployment", "stream", "cache_write", "batch", "units", "usage", "saved", "cost_centre"}
)


def started(call: Call) -> None:
    """`proxy.request.started`, before the provider hears of the call.

    Raises:
        AuditRefused: it cannot be written and the policy is to refuse then.
    """
    decision, about = content.decide(call), _about(call)
    if is_left_out(call):
        AuditConfig.current().recorder.absent.skipped(call.principal.organisation_id, decision.version)
        return
    attrs = _attrs(call)
    if decision.level >= Level.REQUEST:
        attrs["content"] = {"request": content.keep_request(call, about)}
    try:
        call.began = record("proxy.request.started", **about, attrs=attrs)
    except AuditUnavailable as error:
        raise AuditRefused from error


def completed(call: Call, status: int) -> None:
    """The answer went out whole."""
    _ended(call, "completed", outcome="success", http_status=status)


def failed(call: Call, error: GatehouseError) -> None:
    """The provider failed, before or after the first byte."""
    _ended(call, "failed", outcome="failure", http_status=error.status_code, error_code=error.code)


def aborted(call: Call, code: str, reason: str | None = None) -> None:
    """The client went away, or we ended the call; what was used is settled all the same."""
    _ended(call, "aborted", outcome="aborted", error_code=code, reason=reason)


def _ended(call: Call, how: str, **columns: Any) -> None:
    """The terminal record, and what was answered where that is kept."""
    if is_left_out(call):
        _billed(call, how, columns)
        return
    about, measured = _about(call), _measured(call)
    if call.began:
        measured["attrs"]["began"] = call.began
    if call.kept is not None and (kept := content.keep_answer(call, about)) is not None:
        measured["attrs"]["content"] = {"answer": kept}
    record(f"proxy.request.{how}", **columns, **about, **measured)


def is_left_out(call: Call) -> bool:
    """Whether the audit policy leaves it out. One that a budget counts is on record all the same."""
    return call.audit.level is Level.NONE and not call.is_charged


def _billed(call: Call, how: str, columns: dict[str, Any]) -> None:
    """What was used and cost, for the ledger: not who asked, from where, for whom, or what became of it in between."""
    measured = _measured(call)
    attrs = {name: value for name, value in measured.pop("attrs").items() if name in BILLED}
    said = {name: columns[name] for name in ("outcome", "http_status", "error_code") if name in columns}
    record(f"proxy.request.{how}", **said, **unnamed(call), **measured, attrs=attrs)


def unnamed(call: Call) -> dict[str, Any]:
    """The columns that say who pays, and for which model; the id is one of its own, which no client ever saw."""
    return {
        "actor": ANONYMOUS,
        "request_id": str(uuid7()),
        "organisation_id": call.principal.organisation_id,
        "team_id": call.principal.team_id,
        "provider": call.deployment.provider_slug,
        "model_requested": call.model,
        "model_served": call.deployment.upstream_model,
        "audit_level": int(Level.NONE),
        "policy_version": call.audit.version,
    }


def rejected(request: GatewayRequest, error: GatehouseError) -> None:
    """Refused before any provider was involved."""
    principal = request.auth
    attrs = {"message": error.message, **({"param": error.param} if error.param else {})}
    if isinstance(error.__cause__, TokenRefused):  # what the client is not told
        attrs["reason"] = error.__cause__.reason
    record(
        "proxy.request.rejected",
        outcome="denied",
        http_status=error.status_code,
        error_code=error.code,
        **caller(request, principal),
        attrs=attrs,
    )


def replayed(request: GatewayRequest) -> None:
    """The same request came before with the same Idempotency-Key, and got the same answer.

    Raises:
        AuditRefused: it cannot be recorded, so it is not given.
    """
    try:
        record("proxy.request.replayed", http_status=200, **caller(request, request.auth))
    except AuditUnavailable as error:
        raise AuditRefused from error


def _about(call: Call) -> dict[str, Any]:
    if call.caller is None:
        call.caller = caller(call.request, call.principal)
    deployment, audit = call.deployment, call.audit
    about = {
        **call.caller,
        "provider": deployment.provider_slug,
        "model_requested": call.model,
        "model_served": deployment.upstream_model,
    }
    if audit.version:
        about["audit_level"], about["policy_version"] = int(audit.level), audit.version
    return about


def caller(request: GatewayRequest, principal: Principal | None) -> dict[str, Any]:
    """The columns that say who asks, and how; what every record of a request has in common."""
    about: dict[str, Any] = {
        "request_id": request.request_id,
        "src_ip": request.client_ip,
        "user_agent": request.headers.get("user-agent", ""),
        "http_method": request.method,
        "http_path": without_keys(request.path),
    }
    if principal is None:
        return {**about, "actor": ANONYMOUS}
    return {
        **about,
        "actor": Actor(principal.kind, principal.subject, principal.name),
        "organisation_id": principal.organisation_id,
        "team_id": principal.team_id,
        "key_id": principal.key_id,
        "key_prefix": principal.key_prefix,
        "session_id": principal.session_id,
    }


def _measured(call: Call) -> dict[str, Any]:
    usage, price = call.usage, call.deployment.price
    cost = cost_of(call)
    if call.cache is not None and call.cache.found is not None:
        return _from_the_cache(call, call.cache.found)
    tokens = (
        {}
        if usage is None
        else {
            "tokens_in": usage.input,
            "tokens_out": usage.output,
            "tokens_cached": usage.cached,
            "tokens_reasoning": usage.reasoning,
        }
    )
    # What the price was is a part of what happened: "unknown" is said, and is never a cost of 0.
    attrs: dict[str, object] = {
        "price": "unknown" if cost is None or price is None else price.id,
        "endpoint": call.endpoint,
        "deployment": call.deployment.id,
        "stream": call.stream,
    }
    attrs["plan"] = plan_record.told(call)
    if usage is not None and usage.cache_write:
        attrs["cache_write"] = usage.cache_write
    if is_batch(call):
        attrs["batch"] = True
    if call.units:
        attrs["units"] = dict(call.units)
    attrs.update(call.notes)
    measured = {"cost_nano": cost, "attrs": attrs, "ttft_us": call.ttft_us, "duration_us": call.duration_us}
    status = {} if call.cache is None else {"cache_status": call.cache.status.value}
    return {**status, **tokens, **measured}


def _from_the_cache(call: Call, kept: Kept) -> dict[str, Any]:
    """Nothing was used. What the same call took when its answer was made is what was saved."""
    saved = {"tokens_in": kept.tokens_in, "tokens_out": kept.tokens_out, "cost_nano": kept.cost_nano}
    attrs = {"price": "cached", "saved": {name: amount for name, amount in saved.items() if amount is not None}}
    attrs.update(call.notes)
    return {"cache_status": Status.HIT.value, "cost_nano": 0, "attrs": attrs, "duration_us": call.duration_us}


def _attrs(call: Call) -> dict[str, object]:
    attrs: dict[str, object] = {
        "endpoint": call.endpoint,
        "stream": call.stream,
        "wire": call.speaks.name,
        "credential": call.principal.credential,
        "deployment": call.deployment.id,
        **call.notes,
    }
    if call.credential is not None:
        attrs["provider_credential"] = call.credential.name
    if call.prepared.dropped:
        attrs["dropped"] = list(call.prepared.dropped)
    return attrs
