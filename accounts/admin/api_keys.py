"""API keys: made, narrowed, revoked; the key itself is seen once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from accounts.actions import create_api_key, revoke_api_key
from accounts.admin.fields import LinesField, ScopesField
from accounts.admin.shown_once import shown_once
from accounts.admin.tenancy import TenantAdmin
from accounts.models import ApiKey, User
from accounts.scopes import GATEWAY_SCOPES

COLOURS = {"active": "success", "expired": "warning", "revoked": "danger"}


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Lists as lines and check boxes."""

    scopes = ScopesField(GATEWAY_SCOPES, initial=list(GATEWAY_SCOPES))
    models_allowed = LinesField(label="Models", help_text="One public name a line; empty for all of the organisation.")
    allowed_ips = LinesField(label="Allowed addresses", help_text="One address or CIDR a line; empty for any.")

    class Meta:
        model = ApiKey
        fields = ("organisation", "team", "name", "scopes", "models_allowed", "allowed_ips", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin):
    """Long-lived credentials of programs. They are revoked, never deleted: the log refers to them."""

    form = ApiKeyForm
    list_display = ("name", "organisation", "team", "shown", "shown_state", "expires_at", "last_used_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "expires_at")
    list_select_related = ("organisation", "team")
    search_fields = ("name", "public_id", "last4")
    actions = ("revoke",)
    fieldsets = (
        (None, {"fields": ("organisation", "team", "name", "expires_at")}),
        ("What it may do", {"fields": ("scopes", "models_allowed", "allowed_ips")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key does not move to another organisation."""
        return ("organisation", "shown", "shown_state", "created_by", "created_at") if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what is known of an existing key."""
        known = (("The key", {"fields": ("shown", "shown_state", "created_by", "created_at")}),)
        return self.fieldsets if obj is None else self.fieldsets + known

    @admin.display(description="Key")
    def shown(self, key: ApiKey) -> str:
        """As much of it as may be shown."""
        return f"{key.prefix}…{key.last4}"

    @display(description="State", label=COLOURS)
    def shown_state(self, key: ApiKey) -> str:
        """active, expired or revoked."""
        return key.state

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new key gets its secret here; it is handed to the answer on the request, not through the session."""
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.created_by = request.user if isinstance(request.user, User) else None
        request.plain_key = create_api_key.fill_secret(obj)  # type: ignore[attr-defined]
        create_api_key.save(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The key, once."""
        plain: str = request.plain_key  # type: ignore[attr-defined]
        said = f"The API key “{obj.name}” was added successfully."
        return shown_once(self, request, title="Your new API key", said=said, secrets={"API key": plain})

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """At once and for good."""
        ended = sum(revoke_api_key.execute(key) for key in queryset)
        messages.success(request, f"{ended} revoked. They stop working within a second.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoke instead."""
        return False
