"""Model deployments."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from unfold.decorators import display

from accounts.admin_audit import AuditedAdmin
from llmproxy.actions import link_deployments
from llmproxy.admin.deployment_health import DeploymentHealth
from llmproxy.models import ModelDeployment, Price, Provider


@admin.register(ModelDeployment)
class ModelDeploymentAdmin(DeploymentHealth, AuditedAdmin):
    """Models at providers."""

    change_kind = ""
    list_display = ("upstream_model", "provider", "kind", "price", "enabled")
    list_filter = ("kind", "enabled", "provider")
    search_fields = ("upstream_model", "provider__name")
    list_select_related = ("provider", "facts")
    autocomplete_fields = ("provider", "facts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of visible providers."""
        visible = Provider.objects.visible_to(request.user)  # type: ignore[arg-type]
        holding = Price.objects.holding(timezone.now()).order_by("valid_from")
        prices = (Prefetch(path, queryset=holding, to_attr="holding") for path in ("prices", "facts__prices"))
        return super().get_queryset(request).filter(provider__in=visible).prefetch_related(*prices)

    def get_urls(self) -> list[URLPattern]:
        """With the page of their health."""
        return [*self.health_urls(), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: ModelDeployment, form: "ModelForm[Any]", change: bool) -> None:
        """With what is known of such a model, where nobody chose it."""
        super().save_model(request, obj, form, change)
        link_deployments.execute([obj])

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those of providers that the person may change."""
        return super().has_change_permission(request, obj) and self._owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and self._owns(request, obj)

    def _owns(self, request: HttpRequest, obj: Any) -> bool:
        mine = Provider.objects.changeable_by(request.user)  # type: ignore[arg-type]
        return obj is None or mine.filter(pk=obj.provider_id).exists()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only providers that the person may change."""
        if db_field.name == "provider":
            options["queryset"] = Provider.objects.changeable_by(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **options)

    @display(description="price, $/M in · out")
    def price(self, deployment: Any) -> str:
        """One's own, else the published one, else that it is unknown."""
        found = deployment.holding or (deployment.facts.holding if deployment.facts else [])
        if not found:
            return "unknown"
        parts = (
            "unknown" if value is None else f"{value.normalize():f}" for value in (found[-1].input, found[-1].output)
        )
        return " · ".join(parts)
