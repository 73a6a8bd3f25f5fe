"""The closed list of event types (AUDIT 5.2). A type that is not here cannot be recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from audit.errors import UnknownEventType


class Intake(Enum):
    """How a record reaches the log: by the local spool, or by a row in the caller's transaction."""

    SPOOL = "spool"
    OUTBOX = "outbox"


class Durability(Enum):
    """What must have happened when record() returns."""

    OS = "os"  # the kernel has it: survives the process
    SYNC = "sync"  # the disk has it: survives the machine


@dataclass(frozen=True, slots=True)
class EventType:
    """What is fixed for a type. `closed`: what it is about does not happen unless it is on record."""

    name: str
    intake: Intake
    durability: Durability = Durability.OS
    closed: bool = True
    retention_class: str = "default"

    @property
    def category(self) -> str:
        """The first word."""
        return self.name.partition(".")[0]


OBJECTS = (
    "user", "group", "organisation", "team", "membership", "service_account", "client_credential", "api_key",
    "signing_key", "provider", "provider_credential", "model_deployment", "model_facts", "price", "route",
    "route_deployment", "route_fallback", "model_preset", "schedule", "setting",
    "lockout", "invitation", "revocation", "review_queue", "alert_rule", "destination", "response_cache",
    "identity_provider", "trusted_issuer", "issuer_rule",
    "limit", "budget", "cost_centre", "cost_assignment",
)  # fmt: skip
KEPT = "data.content.kept"
# Refused where they cannot be kept: the beginning of a call, and an answer that is given a second time.
GUARDED = frozenset({"proxy.request.started", "proxy.request.replayed"})
PROXY = ("started", "completed", "failed", "aborted", "rejected", "replayed")
CALLS_OVER = ("proxy.request.completed", "proxy.request.failed", "proxy.request.aborted")
# Copies of calls, for which providers may charge: what is not on record is not sent either.
COPIES_BEGUN = ("proxy.hedge.started", "proxy.shadow.started", "proxy.filtered.started")
COPIES_OVER = (
    "proxy.hedge.failed", "proxy.hedge.aborted", "proxy.shadow.completed", "proxy.shadow.failed",
    "proxy.shadow.aborted", "proxy.filtered.completed",
)  # fmt: skip
# What guardrails did; the call's own record carries the verdict as well.
GUARDRAIL = ("guardrail.blocked", "guardrail.redacted", "guardrail.flagged", "guardrail.overridden")
# Changes of rows: in the transaction of the change.
AUTH_CHANGES = (
    "sessions.ended", "identity.linked", "identity.unlinked", "factor.added", "factor.removed", "factor.used",
    "factor.failed", "password.changed",
)  # fmt: skip
AUTH = (
    "login.succeeded",
    "login.failed",
    "logout",
    "session.revoked",
    "password.reset_asked",
    "password.reset_sent",
    "confirmed",
    "token.issued",
    "token.refreshed",
    "token.rejected",
)
KEY = ("created", "activated", "rotated", "retired", "compromised", "revoked", "expired", "leaked.reported")
OF_THE_LOG = (
    "audit.writer.opened", "audit.writer.closed", "audit.writer.heartbeat", "audit.gap.detected",
    "audit.spool.removed", "audit.clock.skewed", "audit.partition.strayed", "audit.deadletter",
    "audit.dropped", "integrity.checkpoint.signed", "integrity.fork_detected", "integrity.key.created",
    "integrity.key.rotated", "integrity.verified", "integrity.failed", "integrity.anchored",
    "integrity.anchor.failed", "audit.sink.failed", "audit.policy.skipped", "data.content.kept",
    "retention.purged", "data.subject.erased",
)  # fmt: skip
EXPORT = ("requested", "approved", "denied", "started", "built", "failed", "downloaded", "expired")
REVIEW = (
    "item.queued", "item.assigned", "item.decided", "item.escalated", "comment.added", "case.opened",
    "case.event_added", "case.noted", "case.assigned", "case.closed", "case.reopened",
)  # fmt: skip
ALERT = ("raised", "acknowledged", "closed", "told")
POLICY = ("policy.proposed", "policy.changed", "policy.denied")
RETENTION = (
    "policy.proposed", "policy.changed", "policy.denied", "hold.placed", "hold.release_requested", "hold.released",
    "hold.release_denied",
)  # fmt: skip
SUBJECT = ("subject.requested", "subject.approved", "subject.denied", "subject.held", "subject.carried_out")
# Looking at what was said is on record, on the disk, before anything is shown.
READING = ("content.viewed", "content.unmasked", "content.exported", "search.executed")
SYSTEM = ("started", "stopped", "first_boot")
ADMIN = (
    "provider.tested", "identity_provider.tested", "provider.models_fetched", "prices.refreshed", "circuit.closed",
    "response_cache.emptied",
)  # fmt: skip
MONEY = (
    "increase.requested", "increase.approved", "increase.denied", "alert.raised", "repricing.requested",
    "repricing.approved", "repricing.denied", "repricing.done", "statement.downloaded", "lease.reconciled",
)  # fmt: skip
COVERAGE = ("audit.change.unattributed", "audit.outbox.lost", "audit.watch.restored")


def _named(prefix: str, names: Iterable[str]) -> list[str]:
    return [f"{prefix}.{name}" for name in names]


def _types() -> dict[str, EventType]:
    objects = [f"{name}.{verb}" for name in OBJECTS for verb in ("created", "updated", "deleted")]
    changes = {"audit": POLICY, "key": KEY, "export": EXPORT, "review": REVIEW, "alert": ALERT, "system": SYSTEM}
    changes |= {"admin": (*objects, *ADMIN), "money": MONEY, "retention": RETENTION, "data": SUBJECT}
    outbox = {name: "admin" for area, verbs in changes.items() for name in _named(area, verbs)}
    outbox |= dict.fromkeys(COVERAGE, "admin") | dict.fromkeys(_named("auth", AUTH_CHANGES), "auth")
    # Only the beginning can be refused: an end that cannot be kept is counted, for the call has happened.
    found = [
        EventType(name, Intake.SPOOL, closed=name in (*GUARDED, *COPIES_BEGUN), retention_class="proxy")
        for name in (*_named("proxy.request", PROXY), *COPIES_BEGUN)
    ]
    found += [EventType(name, Intake.SPOOL, Durability.SYNC, retention_class="auth") for name in _named("auth", AUTH)]
    found += [
        EventType(name, Intake.SPOOL, Durability.SYNC, retention_class="audit") for name in _named("data", READING)
    ]
    # What says that a body was kept goes with the call that it is of.
    unasked = dict.fromkeys(OF_THE_LOG, "audit") | dict.fromkeys((*COPIES_OVER, *GUARDRAIL, KEPT), "proxy")
    found += [EventType(name, Intake.SPOOL, closed=False, retention_class=kept) for name, kept in unasked.items()]
    found += [EventType(name, Intake.OUTBOX, retention_class=kept) for name, kept in outbox.items()]
    return {event.name: event for event in found}


EVENT_TYPES = _types()


def event_type(name: str) -> EventType:
    """What is fixed for `name`. Raises UnknownEventType."""
    found = EVENT_TYPES.get(name)
    if found is None:
        raise UnknownEventType(f"{name!r} is not in the audit catalogue")
    return found
