"""Routes: the model names that applications use."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment


class PlaceInline(TabularInline):
    """The deployments behind a route, in order."""

    model = RouteDeployment
    fields = ("deployment", "priority", "weight")
    extra = 1
    verbose_name = "deployment"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only models of providers that the person sees."""
        if db_field.name == "deployment":
            visible = Provider.objects.visible_to(request.user)  # type: ignore[arg-type]
            options["queryset"] = ModelDeployment.objects.filter(provider__in=visible).select_related("provider")
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(Route)
class RouteAdmin(SharedOrOwnAdmin):
    """Public model names."""

    list_display = ("public_name", "kind", "leads_to", "shared", "is_default", "enabled")
    list_filter = ("kind", "enabled", "is_default")
    search_fields = ("public_name",)
    list_select_related = ("organisation",)
    inlines = (PlaceInline,)
    fields = ("public_name", "organisation", "kind", "is_default", "enabled")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the deployments, in one more query for the whole page."""
        places = RouteDeployment.objects.select_related("deployment__provider").order_by("priority", "-weight")
        return super().get_queryset(request).prefetch_related(Prefetch("places", queryset=places))

    @display(description="leads to")
    def leads_to(self, route: Route) -> str:
        """The models behind it, or that there is none."""
        places = [str(place.deployment) for place in route.places.all()]
        return ", ".join(places) if places else "nothing yet: add a deployment"

    @display(description="used by")
    def shared(self, route: Route) -> str:
        """Whose it is."""
        return str(route.organisation) if route.organisation else "everybody"
