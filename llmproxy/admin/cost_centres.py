"""Cost centres and whose calls they bear."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts.admin.tenancy import NarrowedChoices, TenantAdmin
from accounts.models import ApiKey, ServiceAccount
from llmproxy.models import CostAssignment, CostCentre


class AssignmentInline(NarrowedChoices, TabularInline):
    """Teams, keys and programs; what a key or program is assigned to goes before its team."""

    model = CostAssignment
    fields = ("team", "api_key", "service_account")
    extra = 1

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Of the person's organisations."""
        user: Any = request.user
        if db_field.related_model in (ApiKey, ServiceAccount) and not user.is_superuser:
            options["queryset"] = db_field.related_model.objects.filter(organisation__in=user.organisation_ids())
        return super().formfield_for_foreignkey(db_field, request, **options)


@admin.register(CostCentre)
class CostCentreAdmin(TenantAdmin):
    """Accounts of the organisation's own book-keeping."""

    list_display = ("code", "name", "organisation", "borne")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("organisation",)
    search_fields = ("code", "name")
    fields = ("organisation", "code", "name")
    inlines = (AssignmentInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of assignments."""
        return super().get_queryset(request).annotate(number=Count("assignments", distinct=True))

    @admin.display(description="teams, keys, programs", ordering="number")
    def borne(self, centre: Any) -> int:
        """How many it bears."""
        return int(centre.number)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """It does not move to another organisation."""
        return ("organisation",) if obj is not None else ()
