"""Prices: what holds, since when, from where; the refresh shows what it would change before it does."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin.tenancy import is_superuser, tenants
from accounts.admin_audit import AuditedAdmin
from llmproxy.actions import refresh_prices
from llmproxy.models import ModelDeployment, ModelFacts, Price, Provider

MOST_SHOWN = 200
UNKNOWN = "unknown"


class HoldingFilter(admin.SimpleListFilter):
    """Now, or ever."""

    title = "time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("now", "Hold now"), ("past", "No longer hold")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones."""
        now = timezone.now()
        if self.value() == "now":
            return queryset.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=now), valid_from__lte=now)
        return queryset.filter(valid_to__lte=now) if self.value() == "past" else queryset


class UsedFilter(admin.SimpleListFilter):
    """Those of models that are offered here."""

    title = "use"
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choice."""
        return [("here", "Of models that are used here")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones."""
        if self.value() != "here":
            return queryset
        used = ModelDeployment.objects.exclude(facts=None).values("facts")
        return queryset.filter(Q(deployment__isnull=False) | Q(facts__in=used))


@admin.register(Price)
class PriceAdmin(AuditedAdmin):
    """A price that has priced calls is not changed: it gets an end, and another one follows."""

    change_kind = ""
    list_display = ("subject", "input_shown", "cached_shown", "output_shown", "valid_from", "valid_to", "source")
    list_filter = (HoldingFilter, UsedFilter, "source")
    search_fields = ("facts__model", "facts__catalogue", "deployment__upstream_model")
    list_select_related = ("facts", "deployment__provider")
    autocomplete_fields = ("facts", "deployment")
    ordering = ("facts__catalogue", "facts__model", "-valid_from")
    show_full_result_count = False
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("deployment", "facts")}),
        ("US dollars per million tokens", {"fields": ("input", "cached", "cache_write", "output", "reasoning")}),
        ("Beside tokens", {"classes": ("collapse",), "fields": ("image", "minute", "characters", "document")}),
        ("More", {"classes": ("collapse",), "fields": ("request", "batch_percent", "tiers")}),
        ("Holds", {"fields": ("valid_from", "valid_to")}),
    )
    change_list_template = "admin/llmproxy/prices.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Published ones, and those of the organisations whose prices the person may see; shared ones among them."""
        rows = super().get_queryset(request)
        return rows if is_superuser(request) else rows.filter(Q(facts__isnull=False) | self._tenants(request, "view"))

    def get_urls(self) -> list[URLPattern]:
        """With the refresh."""
        refresh = path("refresh/", self.admin_site.admin_view(self.refresh), name="llmproxy_price_refresh")
        return [refresh, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Published prices are a superuser's business."""
        fieldsets = super().get_fieldsets(request, obj)
        if is_superuser(request) or obj is not None:
            return fieldsets
        return [(None, {"fields": ("deployment",)}), *fieldsets[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Once it is there, only its end can be set."""
        if obj is None:
            return ()
        return [field for _, options in self.fieldsets for field in options["fields"] if field != "valid_to"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only models that the person may change."""
        if db_field.name == "deployment":
            own = Provider.objects.changeable_by(request.user)  # type: ignore[arg-type]
            options["queryset"] = ModelDeployment.objects.filter(provider__in=own)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of one's own models; published ones only as superuser."""
        return super().has_change_permission(request, obj) and self._owns(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only before it holds: afterwards it is evidence."""
        future = obj is not None and obj.valid_from > timezone.now()
        return future and super().has_delete_permission(request, obj) and self._owns(request, "delete", obj)

    def refresh(self, request: HttpRequest) -> HttpResponse:
        """GET shows what would change, POST does it if it is still the same."""
        if not is_superuser(request):
            raise PermissionDenied
        table = refresh_prices.packaged()
        if request.method == "POST":
            try:
                done = refresh_prices.apply(table, request.POST.get("digest", ""))
            except refresh_prices.OutOfDate as error:
                messages.error(request, str(error))
            else:
                changed = f"{len(done.new)} models added, {len(done.changed)} prices changed."
                messages.success(request, f"{changed} In force on every worker within a second.")
                return HttpResponseRedirect(reverse(f"{self.admin_site.name}:llmproxy_price_changelist"))
        return self._review_page(request, refresh_prices.review(table))

    def _review_page(self, request: HttpRequest, review: refresh_prices.Review) -> HttpResponse:
        used = set(ModelDeployment.objects.exclude(facts=None).values_list("facts", flat=True))
        changed = sorted(review.changed, key=lambda change: change.facts.pk not in used)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Refresh prices",
            "review": review,
            "shown": [(change, change.facts.pk in used) for change in changed[:MOST_SHOWN]],
            "hidden": max(0, len(changed) - MOST_SHOWN),
        }
        return TemplateResponse(request, "admin/llmproxy/refresh_prices.html", context)

    def _tenants(self, request: HttpRequest, verb: str) -> Q:
        own = Q(deployment__provider__organisation__in=tenants(request, verb, Price))
        shared = Q(deployment__isnull=False, deployment__provider__organisation__isnull=True)
        return own | shared if verb == "view" else own

    def _owns(self, request: HttpRequest, verb: str, obj: Price | None) -> bool:
        if obj is None or is_superuser(request):
            return True
        return Price.objects.filter(self._tenants(request, verb), pk=obj.pk).exists()

    @display(description="of")
    def subject(self, price: Price) -> str:
        """What it is of."""
        return str(price.facts or price.deployment)

    @display(description="input, $/M", ordering="input")
    def input_shown(self, price: Price) -> str:
        """Unknown is said."""
        return _shown(price.input)

    @display(description="cached, $/M", ordering="cached")
    def cached_shown(self, price: Price) -> str:
        """As input where there is none of its own."""
        return _shown(price.cached, "as input")

    @display(description="output, $/M", ordering="output")
    def output_shown(self, price: Price) -> str:
        """Unknown is said."""
        return _shown(price.output)


def _shown(value: Any, otherwise: str = UNKNOWN) -> str:
    return otherwise if value is None else format(value.normalize(), "f")


@admin.register(ModelFacts)
class ModelFactsAdmin(AuditedAdmin):
    """What is known of models in general."""

    change_kind = ""
    list_display = ("model", "catalogue", "context_window", "max_output", "source", "updated_at")
    list_filter = ("catalogue", "source")
    search_fields = ("model", "catalogue", "name")
    show_full_result_count = False
    list_per_page = 50
    fields = ("catalogue", "model", "name", "context_window", "max_output", "capabilities")
