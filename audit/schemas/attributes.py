"""What records of each type say in their `attrs`. What is named for `admin` holds for every `admin.…` as well.

A member of another type than is said here, or one that is not here, fails the tests of whoever records it. The schemas
themselves let pass what they do not name: an older verifier must be able to read a record of a newer release.
"""

from collections.abc import Mapping
from typing import Any

Kind = Mapping[str, Any]
TEXT: Kind = {"type": "string"}
NUMBER: Kind = {"type": "integer"}
FLAG: Kind = {"type": "boolean"}
TEXTS: Kind = {"type": "array", "items": {"type": "string"}}
OBJECT: Kind = {"type": "object"}
OBJECTS: Kind = {"type": "array", "items": {"type": "object"}}
CHANGES: Kind = {
    "type": "object",
    "description": "field to what it was and what it is, of those that hold neither secrets nor personal data",
    "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2},
}

ADMIN: Mapping[str, Mapping[str, Kind]] = {
    "admin": {"fields": TEXTS, "changes": CHANGES},
    "admin.circuit.closed": {"circuits": TEXTS, "reasons": TEXTS},
    "admin.destination": {"kind": TEXT, "takes": TEXT, "enabled": FLAG},
    "admin.identity_provider.tested": {"findings": OBJECT},
    "admin.invitation.created": {"role": TEXT},
    "admin.model_deployment.created": {"preset": TEXT},
    "admin.prices.refreshed": {
        "source": TEXT, "version": TEXT, "digest": TEXT, "new": NUMBER, "changed": NUMBER, "kept": NUMBER,
        "same": NUMBER,
    },
    "admin.provider.created": {"preset": TEXT},
    "admin.provider.models_fetched": {"new": NUMBER, "known": NUMBER, "gone": NUMBER},
    "admin.provider_credential.created": {"preset": TEXT},
    "admin.response_cache": {"generation": NUMBER},
    "admin.revocation.created": {"kind": TEXT, "value": TEXT},
    "admin.schedule.updated": {"names": TEXTS},
    "admin.service_account.created": {"scopes": TEXTS},
}  # fmt: skip
ACCESS: Mapping[str, Mapping[str, Kind]] = {
    "auth.confirmed": {"by": TEXT},
    "auth.factor": {"factor": TEXT},
    "auth.identity": {"provider": TEXT, "sub": TEXT, "because": TEXT},
    "auth.login.failed": {"reason": TEXT, "provider": TEXT},
    "auth.login.succeeded": {"through": TEXT, "factor": TEXT, "sso": TEXT},
    "auth.password.changed": {"how": TEXT},
    "auth.password.reset_asked": {"throttled": FLAG},
    "auth.session.revoked": {"because": TEXT, "kind": TEXT},
    "auth.sessions.ended": {"because": TEXT, "families": NUMBER},
    "auth.token.issued": {
        "jti": TEXT, "aud": TEXT, "scope": TEXT, "seconds": NUMBER, "exchanged": TEXT, "from": TEXTS, "act": OBJECT,
        "models": TEXTS, "bound_to": TEXT, "budget": TEXT,
    },
    "auth.token.rejected": {
        "reason": TEXT, "because": TEXT, "client_id": TEXT, "last_of_many": FLAG, "address": TEXT, "count": NUMBER,
    },
    "key": {"alg": TEXT},
    "key.activated": {"replaces": TEXT},
    "key.created": {
        "activate_at": TEXT, "client_id": TEXT, "expires_at": TEXT, "scopes": TEXTS, "thumbprint": TEXT,
    },
    "key.leaked": {"because": TEXT},
    "key.rotated": {"client_id": TEXT, "overlap_seconds": NUMBER, "replaces": TEXT},
}  # fmt: skip
# `reserved` in nano-dollars, `admitted` in microseconds since 1970; `copy_id`: of the record of the beginning.
COPY: Mapping[str, Kind] = {
    "charged": FLAG, "endpoint": TEXT, "stream": FLAG, "deployment": TEXT, "copy_id": TEXT, "price": TEXT,
    "usage": TEXT, "units": OBJECT, "reserved": NUMBER, "admitted": NUMBER, "end_user": TEXT, "budget": TEXT,
    "cost_centre": TEXT, "tags": TEXTS, "cache_write": NUMBER,
}  # fmt: skip
# Of an end that the ingester wrote for a process that died.
ORPHANED: Mapping[str, Kind] = {"reason": TEXT, "started_id": TEXT, "started_leaf": NUMBER, "synthesized": FLAG}
CALLS: Mapping[str, Mapping[str, Kind]] = {
    "guardrail": {"guardrail_rules": TEXTS, "rule_version": TEXT, "side": TEXT, "categories": TEXTS},
    "proxy.request": {"began": TEXT, "price": TEXT, "units": OBJECT, "content": OBJECT, "saved": OBJECT, "plan": OBJECT,
                      "guardrail_rules": TEXTS, "deployment": TEXT, "endpoint": TEXT, "stream": FLAG, "usage": TEXT,
                      "end_user": TEXT, "tags": TEXTS, "cost_centre": TEXT, "budget": TEXT, "reserved": NUMBER,
                      "admitted": NUMBER, "unpriced": FLAG, "cache_write": NUMBER, "batch": FLAG, "unlimited": TEXTS,
                      "over_budget": TEXTS, "would_refuse": OBJECTS},
    "proxy.filtered": {"filtered": FLAG, **COPY},
    "proxy.hedge": {"hedge": FLAG, **COPY},
    "proxy.shadow": {"shadow": FLAG, "sent": FLAG, "message": TEXT, **COPY},
    "proxy.hedge.aborted": ORPHANED,
    "proxy.shadow.aborted": ORPHANED,
    "proxy.request.aborted": ORPHANED,
    "proxy.request.rejected": {"message": TEXT, "param": TEXT, "reason": TEXT},
    "proxy.request.started": {
        "endpoint": TEXT, "stream": FLAG, "wire": TEXT, "credential": TEXT, "provider_credential": TEXT,
        "dropped": TEXTS, "content": OBJECT,
    },
}  # fmt: skip
# Amounts that end in _nano are nano-dollars; `amount` is a decimal number of dollars.
MONEY: Mapping[str, Mapping[str, Kind]] = {
    "money.alert.raised": {
        "budget": TEXT, "name": TEXT, "subject": TEXT, "threshold": NUMBER, "spent_nano": NUMBER, "limit_nano": NUMBER,
        "window": TEXT,
    },
    "money.increase": {"amount": TEXT, "ends_at": TEXT, "requested_by": TEXT, "increase": TEXT},
    "money.lease.reconciled": {
        "process": TEXT, "spent_unreported_nano": NUMBER, "freed_nano": NUMBER, "subject": TEXT,
    },
    "money.repricing": {
        "since": TEXT, "until": TEXT, "model": TEXT, "only_unknown": FLAG, "requested_by": TEXT, "changed": NUMBER,
        "difference_nano": NUMBER,
    },
    "money.statement.downloaded": {"month": TEXT, "format": TEXT},
}  # fmt: skip
LOG: Mapping[str, Mapping[str, Kind]] = {
    "alert": {"rule": TEXT, "events": NUMBER},
    "alert.raised": {"query": TEXT, "window_minutes": NUMBER, "last_event": TEXT},
    "alert.told": {"mails": NUMBER, "webhook": FLAG, "problem": TEXT},
    "audit": {"synthesized": FLAG},
    "audit.change.unattributed": {
        "table": TEXT, "verb": TEXT, "count": NUMBER, "columns": TEXTS, "rows": TEXTS, "transaction": TEXT,
        "database_role": TEXT, "first_at": TEXT, "last_at": TEXT,
    },
    "audit.deadletter": {"source": TEXT, "size": NUMBER, "reason": TEXT, "writer": TEXT, "seq": NUMBER},
    "audit.gap.detected": {"writer": TEXT, "after": NUMBER, "missing": NUMBER},
    "audit.outbox.lost": {"count": NUMBER, "records": TEXTS},
    "audit.dropped": {"events": OBJECT, "refused": OBJECT, "count": NUMBER, "since": NUMBER, "until": NUMBER},
    "audit.policy": {
        "number": NUMBER, "rules": OBJECTS, "fail_modes": OBJECT,
        "valid_from": TEXT, "requested_by": TEXT, "note": TEXT, "before": OBJECT, "largest_kib": NUMBER,
    },
    "audit.policy.skipped": {"policy_version": TEXT, "count": NUMBER, "since": NUMBER, "until": NUMBER},
    "audit.sink.failed": {"destination": TEXT, "kind": TEXT, "problem": TEXT},
    "audit.clock.skewed": {"writer": TEXT, "seconds": NUMBER, "records": NUMBER, "first": TEXT},
    "audit.partition.strayed": {"count": NUMBER},
    "audit.spool.removed": {"segment": TEXT, "records": NUMBER},
    "audit.watch.restored": {"triggers": TEXTS},
    "audit.writer": {"pid": NUMBER},
    "data.content": {"event": TEXT, "contents": TEXTS, "whose": TEXT, "of_request": TEXT},
    "data.content.exported": {"count": NUMBER},
    "data.content.kept": {
        "content": TEXT, "kind": TEXT, "size": NUMBER, "subject": TEXT, "original": OBJECT, "redacted": OBJECT,
        "cut_to": NUMBER, "secrets": TEXTS, "secrets_found": NUMBER, "synthesized": FLAG,
    },
    "data.search.executed": {"digest": TEXT, "months": NUMBER, "found": NUMBER},
    "data.subject": {"subject": TEXT, "keys": NUMBER, "note": TEXT},
    "data.subject.erased": {
        "request": TEXT, "approved_by": TEXT, "why": TEXT, "keys": TEXTS, "keys_destroyed": NUMBER, "bodies": NUMBER,
        "synthesized": FLAG,
    },
    "export": {
        "format": TEXT, "filter": {"type": ["string", "object"]}, "requested_by": TEXT, "note": TEXT, "sha256": TEXT,
        "bytes": NUMBER, "events": NUMBER, "problem": TEXT, "downloads": NUMBER, "content": FLAG,
    },
    "export.requested": {"since": TEXT, "until": TEXT},
    "export.built": {
        "kind": TEXT, "first": NUMBER, "end": NUMBER, "count": NUMBER, "size": NUMBER, "root": TEXT,
    },
    "integrity": {"synthesized": FLAG},
    "integrity.anchor": {"destination": TEXT, "kind": TEXT, "size": NUMBER, "problem": TEXT},
    "integrity.anchored": {"destination": TEXT, "kind": TEXT, "size": NUMBER},
    "integrity.checkpoint.signed": {"size": NUMBER, "root": TEXT, "keys": TEXTS},
    "integrity.failed": {"run": TEXT, "events": NUMBER, "columns": FLAG, "findings": TEXTS, "asked_by": TEXT},
    "integrity.fork_detected": {"reason": TEXT},
    "integrity.key": {"vkey": TEXT},
    "integrity.verified": {"run": TEXT, "events": NUMBER, "columns": FLAG, "findings": TEXTS, "asked_by": TEXT},
    "retention.hold": {"name": TEXT, "query": TEXT, "since": TEXT, "until": TEXT},
    "retention.policy": {
        "class": TEXT, "days": NUMBER, "before": NUMBER, "requested_by": TEXT, "note": TEXT,
    },
    "retention.purged": {
        "class": TEXT, "month": TEXT, "days": NUMBER, "first": NUMBER, "end": NUMBER, "count": NUMBER, "root": TEXT,
        "removed": TEXT, "covered_by": TEXT, "holds": FLAG, "why": TEXT, "keys": TEXTS, "keys_destroyed": NUMBER,
        "bodies": NUMBER, "synthesized": FLAG,
    },
    "review": {"event": TEXT, "queue": TEXT, "verdict": TEXT, "state": TEXT, "by_hand": FLAG, "to": TEXT},
    "review.case": {"case": TEXT, "event": TEXT, "to": TEXT, "events": NUMBER},
    "review.item.escalated": {"case": TEXT},
    "system.first_boot": {"administrator": TEXT},
}  # fmt: skip
ATTRIBUTES: Mapping[str, Mapping[str, Kind]] = {**ADMIN, **ACCESS, **CALLS, **MONEY, **LOG}
# Without these a record of the type would say nothing.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "audit.change.unattributed": ("table", "verb", "count"),
    "audit.deadletter": ("source", "size", "reason"),
    "audit.gap.detected": ("writer", "missing"),
    "auth.token.issued": ("jti", "aud", "seconds"),
    "integrity.checkpoint.signed": ("size", "root", "keys"),
    "integrity.fork_detected": ("reason",),
    "proxy.request.started": ("endpoint", "stream", "wire"),
}
# Columns that records of a type always fill.
FILLED: Mapping[str, tuple[str, ...]] = {
    "proxy.request.aborted": ("error_code", "request_id"),
    "proxy.request.completed": ("http_status", "request_id"),
    "proxy.request.failed": ("error_code", "http_status", "request_id"),
    "proxy.request.rejected": ("error_code", "http_status", "request_id"),
    "proxy.request.started": ("http_method", "http_path", "request_id"),
}


def attributes_of(type_name: str) -> dict[str, Kind]:
    """Those of a type, and of what stands above it."""
    found: dict[str, Kind] = {"omitted": FLAG}  # instead of all others, where they were too large
    words = type_name.split(".")
    for n in range(1, len(words) + 1):
        found |= ATTRIBUTES.get(".".join(words[:n]), {})
    return found
