"""Routes: the model names that applications use."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import JSONField, Prefetch, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from llmproxy.actions import check_route
from llmproxy.admin.route_explaining import RouteExplaining
from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment, RouteFallback
from llmproxy.models.route import TIMEOUTS
from llmproxy.routing.fault import BadRule

SHORT_JSON: dict[Any, Any] = {JSONField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3})}}


class PlaceFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """All places of a route together make sense, or the route is not saved."""

    def clean(self) -> None:
        """Raises ValidationError."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form in self.initial_forms]
        places = [form.instance for form in kept if form not in self.deleted_forms]
        try:
            check_route.execute(self.instance, places)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        except BadRule:  # said at its own field
            return


class PlaceInline(TabularInline):
    """The deployments behind a route, in order."""

    model = RouteDeployment
    formset = PlaceFormSet
    fields = ("deployment", "priority", "weight", "role", "share", "conditions")
    extra = 1
    verbose_name = "deployment"
    formfield_overrides: ClassVar[dict[Any, Any]] = SHORT_JSON

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only models of providers that the person sees."""
        if db_field.name == "deployment":
            visible = Provider.objects.visible_to(request.user)  # type: ignore[arg-type]
            options["queryset"] = ModelDeployment.objects.filter(provider__in=visible).select_related("provider")
        return super().formfield_for_foreignkey(db_field, request, **options)


class FallbackInline(TabularInline):
    """Where a call goes on when all of these have failed it."""

    model = RouteFallback
    fk_name = "route"
    fields = ("position", "on", "statuses", "target")
    extra = 0
    verbose_name = "fallback"
    formfield_overrides: ClassVar[dict[Any, Any]] = SHORT_JSON

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only routes that the person sees."""
        if db_field.name == "target":
            options["queryset"] = Route.objects.visible_to(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(Route)
class RouteAdmin(RouteExplaining, SharedOrOwnAdmin):
    """Public model names."""

    list_display = ("public_name", "kind", "chooses", "leads_to", "shared", "is_default", "enabled", "why")
    list_filter = ("kind", "strategy", "enabled", "is_default")
    search_fields = ("public_name",)
    list_select_related = ("organisation",)
    inlines = (PlaceInline, FallbackInline)
    fieldsets = (
        (None, {"fields": ("public_name", "organisation", "kind", "is_default", "enabled")}),
        ("How it chooses", {"fields": ("strategy", "requirements", "sticky")}),
        ("When a deployment fails", {"fields": ("max_attempts", "hedge_after", *TIMEOUTS)}),
    )

    def get_urls(self) -> list[URLPattern]:
        """With the page “Why this route”."""
        return [*self.explaining_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the deployments, in one more query for the whole page."""
        places = RouteDeployment.objects.select_related("deployment__provider").order_by("priority", "-weight")
        return super().get_queryset(request).prefetch_related(Prefetch("places", queryset=places))

    @display(description="strategy", ordering="strategy")
    def chooses(self, route: Route) -> str:
        """Its name; the form says what it means."""
        return route.get_strategy_display().partition(":")[0]

    @display(description="leads to")
    def leads_to(self, route: Route) -> str:
        """The models behind it, or that there is none."""
        places = [str(place.deployment) for place in route.places.all() if place.is_live]
        return ", ".join(places) if places else "no live deployment: add one, or switch one on"

    @display(description="used by")
    def shared(self, route: Route) -> str:
        """Whose it is."""
        return str(route.organisation) if route.organisation else "everybody"

    @display(description="why")
    def why(self, route: Route) -> SafeString:
        """To the page that explains it."""
        url = reverse(f"{self.admin_site.name}:llmproxy_route_explain", args=(route.pk,))
        return format_html('<a class="gatehouse-link" href="{}">Why this route</a>', url)
