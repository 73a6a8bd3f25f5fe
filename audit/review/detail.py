"""One event: who, what, when, where, why; what else belongs to it; the record itself."""

import json
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.http import Http404

from audit.actions.read_content import kept_of, may_read
from audit.models import AuditEvent, LogKey
from audit.review.case_choices import about_event
from audit.review.cells import text_of
from audit.review.page import EvidencePage
from audit.review.plan_words import words_of
from audit.review.scope import events, queues_of, visible

MOST_RELATED = 50
# Columns by question; what is empty is not shown.
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Who", (("Actor", "actor_name"), ("Kind", "actor_type"), ("Id", "actor_id"), ("Roles", "actor_roles"),
             ("On behalf of", "on_behalf_of"), ("Key", "key_prefix"), ("Team", "team"),
             ("Organisation", "organisation"))),
    ("What", (("Changed object", "target"), ("Object's id", "target_id"), ("Model asked for", "model_requested"),
              ("Model served", "model_served"), ("Provider", "provider"), ("Method", "http_method"),
              ("Path", "http_path"), ("Excerpt", "excerpt"))),
    ("Where from", (("Address", "src_ip"), ("Client", "user_agent"), ("Request id", "request_id"),
                    ("Session", "session_id"), ("Trace", "trace_id"))),
    ("Result", (("HTTP status", "http_status"), ("Error", "error_code"), ("Guardrail", "guardrail_verdict"),
                ("Tokens in", "tokens_in"), ("Tokens out", "tokens_out"), ("Of them from cache", "tokens_cached"),
                ("Of them reasoning", "tokens_reasoning"), ("Cost", "cost"), ("Took", "took"), ("First token", "ttft"),
                ("Cache", "cache_status"))),
    ("Why", (("Reason", "reason"), ("Ticket", "ticket"), ("Policy version", "policy_version"))),
    ("Evidence", (("Event id", "id"), ("Leaf", "leaf_index"), ("Leaf hash", "hash"), ("Writer", "writer"),
                  ("Its record number", "writer_seq"), ("Taken in", "ingested_at"),
                  ("Retention class", "retention_class"))),
)  # fmt: skip


class Change(NamedTuple):
    """A field that was changed; the values where they may be shown."""

    field: str
    before: str
    after: str
    shown: bool


class EventPage(EvidencePage):
    """Everything about one event."""

    template_name = "admin/evidence/event.html"
    title: ClassVar[str] = "Event"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404 also for an event that is not the person's to see."""
        event = self.found(self.request.user, extra.pop("event_id"))
        raw, user = bytes(event.raw), self.request.user
        named = {
            "team": self.named("team", [event.team_id]).get(event.team_id, event.team_id),
            "organisation": self.named("organisation", [event.organisation_id]).get(
                event.organisation_id, event.organisation_id
            ),
            "hash": bytes(event.leaf_hash).hex(),
        }
        return super().get_context_data(
            event=event, vkey=_vkey(), leaf_hash=named["hash"], groups=_groups(event, named),
            changes=changes_of(event.attrs), attrs=_attrs(event.attrs), plan=words_of(event.attrs.get("plan")),
            queues=queues_of(user) if user.has_perm("audit.give_verdict") else (),
            kept=kept_of(event), may_read=may_read(user, event.organisation_id),
            may_read_original=may_read(user, event.organisation_id, original=True),
            record=_laid_out(raw), record_size=len(raw), timeline=self.timeline(event), related=self.related(event),
            **about_event(event, user), **extra,
        )  # fmt: skip

    @staticmethod
    def found(user: Any, event_id: uuid.UUID) -> AuditEvent:
        """Raises Http404."""
        rows = visible(AuditEvent.objects.using(settings.AUDIT_DB_ALIAS), user)
        found = rows.filter(pk=event_id).first()
        if found is None:
            raise Http404
        return found

    def timeline(self, event: AuditEvent) -> Sequence[AuditEvent]:
        """The events of the same request, in order."""
        if not event.request_id:
            return []
        rows = events(self.request.user).filter(request_id=event.request_id)
        return sorted(rows.order_by("-id")[:MOST_RELATED], key=lambda found: (found.occurred_at, found.leaf_index))

    def related(self, event: AuditEvent) -> list[tuple[str, Sequence[AuditEvent]]]:
        """What else happened around it: in the session, to the object."""
        rows = events(self.request.user).exclude(pk=event.pk)
        found = []
        for title, column in (("Same session", "session_id"), ("Same trace", "trace_id"), ("Same object", "target_id")):
            value = getattr(event, column)
            if value:
                found.append((title, list(rows.filter(**{column: value}).order_by("-id")[:10])))
        return [(title, seen) for title, seen in found if seen]


def _vkey() -> str:
    """The key in use; empty before anything was signed."""
    newest = LogKey.objects.using(settings.AUDIT_DB_ALIAS).order_by("-first_used_at").first()
    return "" if newest is None else newest.vkey


def _groups(event: AuditEvent, named: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    shown = []
    for title, columns in GROUPS:
        values = [(name, named[column] if column in named else text_of(event, column)) for name, column in columns]
        if rows := [(name, value) for name, value in values if value]:
            shown.append((title, rows))
    return shown


def changes_of(attrs: dict[str, Any]) -> list[Change]:
    """Field by field; where the values may not be shown, the names."""
    changes = attrs.get("changes")
    found = []
    if isinstance(changes, dict):
        for field, pair in changes.items():
            if isinstance(pair, list) and len(pair) == 2:
                found.append(Change(field, _said(pair[0]), _said(pair[1]), shown=True))
    named = {change.field for change in found}
    fields = attrs.get("fields") or []
    return found + [Change(str(field), "", "", shown=False) for field in fields if str(field) not in named]


def _attrs(attrs: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _said(value)) for name, value in attrs.items() if name not in ("changes", "fields", "plan")]


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _laid_out(raw: bytes) -> str:
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return repr(raw)
