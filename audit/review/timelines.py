"""What one person, program or key did, and what was done to it; the calls of a session; changes of configuration."""

import datetime as dt
import uuid
from collections.abc import Sequence
from heapq import merge
from typing import Any, ClassVar, NamedTuple

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.actions.read_content import Said, kept_of, may_read, read_content
from audit.catalogue import EVENT_TYPES
from audit.ingest.synthesized import TERMINAL
from audit.models import AuditEvent
from audit.review import search
from audit.review.detail import changes_of
from audit.review.filters import BadFilter, Filters, filters
from audit.review.page import EvidencePage
from audit.review.period import PRESETS, BadPeriod, Period
from audit.review.scope import events

SHOWN = 50
CALLS_SHOWN = 25
LONGEST_SUBJECT = 300
# Whoever configures the house leaves these; calls and log-ins are not among them.
CHANGES = tuple(
    name
    for name in sorted(EVENT_TYPES)
    if name.startswith(("admin.", "key.", "audit.policy.", "retention.", "data.subject.", "system."))
    and name not in ("audit.policy.skipped",)
)
TITLES = {"usr": "Person", "svc": "Service account", "key": "API key", "ext": "Person of an identity provider"}


class Moment(NamedTuple):
    """An event and on which side of it the subject stands."""

    event: AuditEvent
    did: bool


class TimelinePage(EvidencePage):
    """Everything that one person, program or key did, and everything done to it, newest first."""

    template_name = "admin/evidence/timeline.html"
    title: ClassVar[str] = "Timeline"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404: nothing of it that the person may see."""
        subject = str(extra.pop("subject"))[:LONGEST_SUBJECT]
        before = _uuid(self.request.GET.get("before", ""))
        found = self.moments(subject, before)
        if not found and before is None:
            raise Http404
        shown = found[:SHOWN]
        kind, _, bare = subject.partition(":")
        return super().get_context_data(
            subject=subject, bare=bare, kind=TITLES.get(kind, "Whoever acted as"),
            name=self.named("actor", [subject]).get(subject, shown[0].event.actor_name if shown else ""),
            moments=shown, older=shown[-1].event.pk if len(found) > SHOWN else None, is_later=before is not None,
            **extra,
        )  # fmt: skip

    def moments(self, subject: str, before: uuid.UUID | None) -> list[Moment]:
        """One more than a page, if there is more: two index look-ups, merged by id."""
        rows = events(self.request.user)
        bare = subject.partition(":")[2] or subject
        did = _page(rows.filter(actor_id=subject), before)
        done = _page(rows.filter(target_id__in={subject, bare}).exclude(actor_id=subject), before)
        both = merge(
            (Moment(event, did=True) for event in did), (Moment(event, did=False) for event in done),
            key=lambda moment: moment.event.pk, reverse=True,
        )  # fmt: skip
        return list(both)[: SHOWN + 1]


class SessionPage(EvidencePage):
    """The calls of a session in order; what was said is hidden until a reason is given."""

    template_name = "admin/evidence/session.html"
    title: ClassVar[str] = "Session"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404: nothing of it that the person may see."""
        session = str(extra.pop("session_id"))
        said: dict[Any, Sequence[Said]] = extra.pop("said", {})
        found = self.calls(session)
        if not found:
            raise Http404
        shown = list(reversed(found[:CALLS_SHOWN]))
        return super().get_context_data(
            session=session, calls=[(call, said.get(call.pk, ())) for call in shown], is_read=bool(said),
            kept=sum(bool(kept_of(call)) for call in shown),
            may_read=any(may_read(self.request.user, call.organisation_id) for call in shown),
            may_read_original=any(
                may_read(self.request.user, call.organisation_id, original=True) for call in shown
            ),
            older=found[CALLS_SHOWN - 1].pk if len(found) > CALLS_SHOWN else None,
            before=self.request.GET.get("before", ""), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest, session_id: str) -> HttpResponse:
        """Put each reading on record, then show."""
        said: dict[Any, Sequence[Said]] = {}
        for call in self.calls(session_id)[:CALLS_SHOWN]:
            if not kept_of(call):
                continue
            try:
                said[call.pk] = read_content(
                    call, request.user, request.POST.get("reason", ""),
                    original=request.POST.get("copy") == "original",
                )  # fmt: skip
            except NotNow as error:
                messages.error(request, str(error))
                break
        return self.render_to_response(self.get_context_data(session_id=session_id, said=said))

    def calls(self, session: str) -> list[AuditEvent]:
        """The ends of its calls, newest first, one more than a page."""
        rows = events(self.request.user).filter(session_id=session, type__in=TERMINAL)
        return _page(rows, _uuid(self.request.GET.get("before", "")), CALLS_SHOWN)


class ChangesPage(EvidencePage):
    """Changes of configuration, keys, people, policies: who changed what, before and after, who approved."""

    template_name = "admin/evidence/changes.html"
    title: ClassVar[str] = "Changes"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """A wrong filter is named, and the page shows what it would without it."""
        query = self.request.GET.dict()
        period, problem = _period(query)
        try:
            asked = filters({name: query[name] for name in ("actor", "target", "organisation") if query.get(name)})
        except BadFilter as error:
            asked, problem = filters({}), str(error)
        wanted = only_changes(asked)
        before, after = _uuid(query.get("before", "")), _uuid(query.get("after", ""))
        found = search.page(self.request.user, period, wanted, before, after)
        kept = {
            name: query[name] for name in ("range", "from", "to", "actor", "target", "organisation") if query.get(name)
        }
        rows = [(event, changes_of(event.attrs), changed_by(event), approver(event)) for event in found.events]
        return super().get_context_data(
            rows=rows, page=found, period=period, presets=PRESETS.values(), query=query, kept=kept, problem=problem,
            **extra,
        )  # fmt: skip


def only_changes(asked: Filters) -> Filters:
    """The same search among the types of CHANGES."""
    types = Q(type__in=CHANGES)
    rollup = types if asked.rollup is None else types & asked.rollup
    return asked._replace(rollup=rollup, dimensional=types & asked.dimensional)


def approver(event: AuditEvent) -> str:
    """The second person, where the change took one: who asked for it stands in the record of the decision."""
    asked = str(event.attrs.get("requested_by", ""))
    decided = event.type.rpartition(".")[2] in ("changed", "approved", "denied", "released")
    return event.actor_name if asked and decided and asked != event.actor_name else ""


def changed_by(event: AuditEvent) -> str:
    """Who wanted it: where somebody else approved, who asked."""
    return str(event.attrs.get("requested_by", "")) if approver(event) else event.actor_name or event.actor_type


def _period(query: dict[str, str]) -> tuple[Period, str]:
    now = timezone.now().astimezone(dt.UTC)
    try:
        return Period.asked_for(query, now), ""
    except BadPeriod as error:
        return Period.asked_for({}, now), str(error)


def _page(rows: QuerySet[AuditEvent], before: uuid.UUID | None, shown: int = SHOWN) -> list[AuditEvent]:
    return list((rows if before is None else rows.filter(id__lt=before)).order_by("-id")[: shown + 1])


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
