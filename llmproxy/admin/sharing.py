"""Rows that belong to an organisation or are shared by all: who sees them, who changes them."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.tenancy import NarrowedChoices
from accounts.admin_audit import AuditedAdmin


class SharedOrOwnAdmin(NarrowedChoices, AuditedAdmin):
    """Shared rows are seen by everybody and changed by superusers only; saving announces itself (models)."""

    change_kind = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the person may see."""
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)  # type: ignore[no-any-return]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Another's rows and shared ones can be looked at only."""
        return super().has_change_permission(request, obj) and self._owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing."""
        return super().has_delete_permission(request, obj) and self._owns(request, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """What is shared by all is the installation's: others name their organisation."""
        field = super().formfield_for_foreignkey(db_field, request, **options)
        if db_field.name == "organisation" and not getattr(request.user, "is_superuser", False):
            field.required = True
        return field

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Actions change rows: they get those that the person may change."""
        mine = self.model.objects.changeable_by(request.user)
        return super().response_action(request, queryset.filter(pk__in=mine.values("pk")))

    def _owns(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or self.model.objects.changeable_by(request.user).filter(pk=obj.pk).exists()
