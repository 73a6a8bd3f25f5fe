"""What admin pages share whose rows are of an organisation by its id: audit knows no organisations, only ids."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from audit.models.export_job import may
from audit.review.scope import visible


class OfAnOrganisationAdmin(ModelAdmin):
    """Never deleted: what came of the row belongs to it."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """404, where Django redirects: another tenant's row and one that never was are answered alike."""
        raise Http404

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those over events that the person may see."""
        found: QuerySet[Any] = visible(super().get_queryset(request), request.user)
        return found

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never. Switch it off instead."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By a role in the row's own organisation; that one is held elsewhere does not count here."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or may(request.user, self._permission("change"), obj.organisation_id))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """An organisation is chosen from those in which the person may make such rows."""
        if db_field.name != "organisation_id":
            return super().formfield_for_dbfield(db_field, request, **options)
        user: Any = request.user
        known = user.audit_organisations() if hasattr(user, "audit_organisations") else []
        choices = [choice for choice in known if may(user, self._permission("add"), choice[0])]
        empty = [("", "Every organisation")] if user.is_superuser else []
        return forms.ChoiceField(
            choices=[*empty, *choices], required=not empty, label="Organisation", widget=UnfoldAdminSelectWidget
        )

    def _permission(self, verb: str) -> str:
        return f"{self.opts.app_label}.{verb}_{self.opts.model_name}"
