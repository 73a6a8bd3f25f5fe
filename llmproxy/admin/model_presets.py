"""Presets: public model names with parameters and a system prompt."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.models import ModelPreset, Route


@admin.register(ModelPreset)
class ModelPresetAdmin(SharedOrOwnAdmin):
    """What applications send as `model` to get a route with its parameters and its system prompt."""

    list_display = ("public_name", "route", "shared", "locked", "enabled")
    list_filter = ("enabled",)
    search_fields = ("public_name", "route__public_name")
    list_select_related = ("organisation", "route")
    fields = ("public_name", "organisation", "route", "system_prompt", "parameters", "locked", "enabled")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only routes that the person sees."""
        if db_field.name == "route":
            options["queryset"] = Route.objects.visible_to(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **options)

    @display(description="used by")
    def shared(self, preset: ModelPreset) -> str:
        """Whose it is."""
        return str(preset.organisation) if preset.organisation else "everybody"
