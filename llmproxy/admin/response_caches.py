"""Response caches: whose answers are given again, for how long; and emptying them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from llmproxy.actions import empty_response_cache
from llmproxy.admin.sharing import SharedOrOwnAdmin
from llmproxy.models import ResponseCache

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@admin.register(ResponseCache)
class ResponseCacheAdmin(SharedOrOwnAdmin):
    """Rules of the response cache. Without one nothing is kept."""

    list_display = ("organisation", "which", "shared_within", "kept_for", "enabled")
    list_filter = ("enabled", "shared_within")
    list_select_related = ("organisation", "route")
    fields = (
        "organisation", "route", "shared_within", "ttl_seconds", "largest_bytes", "total_bytes", "enabled",
    )  # fmt: skip
    actions = ("empty",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Only routes that the person sees, of the kinds whose answers are kept."""
        if db_field.name == "route":
            visible = db_field.related_model.objects.visible_to(request.user)
            options["queryset"] = visible.filter(Q(kind="chat") | Q(kind="embeddings"))
        return super().formfield_for_foreignkey(db_field, request, **options)

    @display(description="route")
    def which(self, row: ResponseCache) -> str:
        """Its route, or all."""
        return str(row.route) if row.route else "all without a rule of their own"

    @display(description="kept for", ordering="ttl_seconds")
    def kept_for(self, row: ResponseCache) -> str:
        """In the largest unit that divides it."""
        seconds, unit = next(choice for choice in UNITS if row.ttl_seconds % choice[0] == 0)
        return f"{row.ttl_seconds // seconds} {unit}"

    @admin.action(description="Empty: give nothing again that was kept so far", permissions=["change"])
    def empty(self, request: HttpRequest, queryset: QuerySet[ResponseCache]) -> None:
        """Within a second."""
        with transaction.atomic():
            for row in queryset:
                empty_response_cache.execute(row)
        messages.success(request, f"{queryset.count()} emptied: every question goes to the provider again.")
