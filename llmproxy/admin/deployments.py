"""Model deployments."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin_audit import AuditedAdmin
from llmproxy.models import ModelDeployment, Provider


@admin.register(ModelDeployment)
class ModelDeploymentAdmin(AuditedAdmin):
    """Models at providers."""

    change_kind = ""
    list_display = ("upstream_model", "provider", "kind", "enabled")
    list_filter = ("kind", "enabled", "provider")
    search_fields = ("upstream_model", "provider__name")
    list_select_related = ("provider",)
    autocomplete_fields = ("provider",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of visible providers."""
        visible = Provider.objects.visible_to(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(provider__in=visible)  # type: ignore[no-any-return]

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
