"""The audit log in the admin: to be read, never changed."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from audit.actions.feed_sinks import behind
from audit.actions.probe_destination import probe
from audit.alert_rule_admin import AlertRuleAdmin
from audit.catalogue import EVENT_TYPES
from audit.channels.delivery import NotDelivered
from audit.context import Target
from audit.log import record
from audit.models import AuditEvent, DeadLetter, Destination, ReviewQueue, TreeState
from audit.organisation_admin import OfAnOrganisationAdmin
from audit.paging import UncountedPaginator

__all__ = ["AlertRuleAdmin", "AuditEventAdmin", "DestinationAdmin", "ReadOnlyAdmin", "ReviewQueueAdmin"]
OUTCOME_COLOURS = {"success": "success", "failure": "danger", "error": "danger", "denied": "warning", "aborted": "info"}


class ReadOnlyAdmin(ModelAdmin):
    """A page that offers no way to change anything."""

    show_full_result_count = False
    paginator = UncountedPaginator
    actions = None

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """404, where Django redirects: another tenant's row and one that never was are answered alike."""
        raise Http404

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class TypeFilter(admin.SimpleListFilter):
    """By event type: from the catalogue, so that no scan of the table is needed."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every type that there is."""
        return [(name, name) for name in sorted(EVENT_TYPES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """The chosen one."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class OutcomeFilter(admin.SimpleListFilter):
    """By outcome."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The five outcomes."""
        return [(name, name) for name in OUTCOME_COLOURS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """The chosen one."""
        return queryset.filter(outcome=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Events, newest first, of the organisations whose evidence the person may see."""

    list_display = ("when", "type", "shown_outcome", "who", "model_requested", "http_status", "tokens", "request_id")
    list_filter = (TypeFilter, OutcomeFilter, ("occurred_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_fullwidth = True
    list_per_page = 50
    search_fields = ("request_id",)
    search_help_text = "Request id, event id, organisation id, or model"
    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Superusers see all; others what their roles give them, and nothing of any other tenant."""
        events: QuerySet[AuditEvent] = super().get_queryset(request).defer("raw", "leaf_hash")
        user: Any = request.user
        if user.is_superuser:
            return events
        ids = user.audit_organisation_ids() if hasattr(user, "audit_organisation_ids") else []
        return events.filter(organisation_id__in=ids)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Exact look-ups only: each one has its index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = queryset.filter(request_id=term) | queryset.filter(model_requested=term)
        found |= queryset.filter(organisation_id=term)
        if (event_id := _uuid(term)) is not None:
            found |= queryset.filter(pk=event_id)
        return found, False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is known of the event, then the record itself."""
        if obj is None:
            return []
        empty: tuple[Any, ...] = (None, "", [], {})
        hidden = {"raw", "leaf_hash", "attrs"}
        fields = [field.name for field in AuditEvent._meta.concrete_fields if field.name not in hidden]
        return [*(name for name in fields if getattr(obj, name) not in empty), "shown_leaf_hash", "shown_record"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)

    @display(description="when", ordering="id")
    def when(self, event: AuditEvent) -> str:
        """UTC, to the millisecond."""
        return f"{event.occurred_at:%Y-%m-%d %H:%M:%S}.{event.occurred_at.microsecond // 1000:03d}"

    @display(description="outcome", label=OUTCOME_COLOURS)
    def shown_outcome(self, event: AuditEvent) -> str:
        """The word, coloured."""
        return event.outcome

    @display(description="who")
    def who(self, event: AuditEvent) -> str:
        """The actor as it was called at the time."""
        return event.actor_name or event.actor_type

    @display(description="tokens in / out")
    def tokens(self, event: AuditEvent) -> str:
        """Both counts, where there are any."""
        return "" if event.tokens_in is None else f"{event.tokens_in:,} / {event.tokens_out or 0:,}"

    @display(description="leaf hash")
    def shown_leaf_hash(self, event: AuditEvent) -> str:
        """Hexadecimal."""
        return bytes(event.leaf_hash).hex()

    @display(description="record")
    def shown_record(self, event: AuditEvent) -> SafeString:
        """The exact record, laid out to be read; hostile text in it stays text."""
        try:
            text = json.dumps(json.loads(bytes(event.raw)), indent=2, ensure_ascii=False)
        except ValueError:
            text = repr(bytes(event.raw))
        return format_html('<pre class="gatehouse-record">{}</pre>', text)


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """What was found in the spool and is no record."""

    list_display = ("found_at", "source", "reason")
    fields = readonly_fields = ("found_at", "source", "reason", "shown_bytes")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only: the bytes may be any tenant's."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)

    @display(description="bytes")
    def shown_bytes(self, letter: DeadLetter) -> SafeString:
        """The first of them."""
        return format_html('<pre class="gatehouse-record">{}</pre>', repr(bytes(letter.raw)[:4096]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@admin.register(ReviewQueue)
class ReviewQueueAdmin(OfAnOrganisationAdmin):
    """Which events are reviewed. Each change is on record."""

    list_display = ("name", "query", "sample_percent", "reviewers_per_item", "enabled")
    fields = (
        "organisation_id", "name", "query", "sample_percent", "reviewers_per_item", "reservation_minutes", "rubric",
        "enabled",
    )  # fmt: skip

    def save_model(self, request: HttpRequest, obj: ReviewQueue, form: Any, change: bool) -> None:
        """A new queue begins with what happens from now on."""
        with transaction.atomic():
            if not change:
                obj.fed_up_to = TreeState.newest_leaf()
            super().save_model(request, obj, form, change)
            record(
                f"admin.review_queue.{'updated' if change else 'created'}",
                target=Target("review_queue", str(obj.pk), obj.name),
                organisation_id=obj.organisation_id or None,
                attrs={"fields": form.changed_data},
            )


class DestinationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is switched on must work: the newest checkpoint or event is sent before the row is kept (AUDIT D10)."""

    secret = forms.CharField(
        required=False, strip=True, max_length=4000, widget=UnfoldAdminPasswordWidget(),
        help_text="Webhook: signs the calls. S3: the secret access key. OTLP: the header's value. Kafka: the password. "
        "Left empty, what is stored stays.",
    )  # fmt: skip

    class Meta:
        model = Destination
        fields = (
            "name", "takes", "kind", "address", "identity", "certificate", "lock_days", "every_minutes", "enabled",
        )  # fmt: skip

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        moved = bool({"address", "kind"} & set(self.changed_data)) and bool(self.instance.secret_sealed)
        if given := self.cleaned_data.get("secret", ""):
            self.instance.secret = given
        elif moved and not self.instance._state.adding:
            self.add_error("secret", "It goes somewhere else now: give the secret again.")
        if self.errors or not self.cleaned_data.get("enabled"):
            return
        try:
            probe(self.instance)
        except NotDelivered as error:
            self.add_error(None, f"The probe did not arrive: {error}. Mend it, or keep it switched off.")


@admin.register(Destination)
class DestinationAdmin(ModelAdmin):
    """Where checkpoints and events go outside the house. For superusers: what is sent is every organisation's."""

    form = DestinationForm
    list_display = ("name", "takes", "kind", "enabled", "standing")
    fields = (
        "name", "takes", "kind", "address", "identity", "secret", "certificate", "lock_days", "every_minutes",
        "enabled", "standing",
    )  # fmt: skip
    readonly_fields = ("standing",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return bool(getattr(request.user, "is_superuser", False))

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission  # type: ignore[assignment]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)

    @display(description="how it stands")
    def standing(self, destination: Destination) -> str:
        """In words."""
        if destination._state.adding:
            return "When you save it switched on, a probe is sent."
        when = destination.succeeded_at
        last = f"last arrived {when:%Y-%m-%d %H:%M} UTC" if when else "nothing arrived yet"
        late = f", {behind(destination):,} events behind" if destination.takes == Destination.Takes.EVENTS else ""
        failed = f"; failed {destination.failures} times: {destination.problem}" if destination.failures else ""
        return f"{last}{late}{failed}"

    def save_model(self, request: HttpRequest, obj: Destination, form: Any, change: bool) -> None:
        """A new sink begins with what happens from now on."""
        with transaction.atomic():
            if not change and obj.takes == Destination.Takes.EVENTS:
                obj.position = TreeState.newest_leaf() + 1
            obj.next_at = None
            super().save_model(request, obj, form, change)
            self._record("updated" if change else "created", obj, form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Destination) -> None:
        """With a record; the anchors' rows go with it, what lies elsewhere stays."""
        with transaction.atomic():
            self._record("deleted", obj, [])
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Destination]) -> None:
        """One by one, each with its record."""
        for obj in queryset:
            self.delete_model(request, obj)

    def _record(self, verb: str, obj: Destination, fields: list[str]) -> None:
        attrs = {"fields": fields, "kind": obj.kind, "takes": obj.takes, "enabled": obj.enabled}
        record(f"admin.destination.{verb}", target=Target("destination", str(obj.pk), obj.name), attrs=attrs)
