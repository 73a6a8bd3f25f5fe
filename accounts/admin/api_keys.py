"""API keys: made, narrowed, revoked; the key itself is seen once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from accounts.actions import create_api_key, revoke_api_key, rotate_api_key, take_over_api_key
from accounts.admin.shown_once import shown_once
from accounts.admin.tenancy import TenantAdmin
from accounts.form_fields import LinesField, ScopesField
from accounts.models import ApiKey, User
from accounts.scopes import GATEWAY_SCOPES

KNOWN = ("shown", "shown_state", "created_by", "created_at", "last_used_at", "previous_until", "leaked_at")
COLOURS = {"active": "success", "expired": "warning", "revoked": "danger", "leaked": "danger"}


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
    actions = ("revoke", "rotate", "take_over")
    fieldsets = (
        (None, {"fields": ("organisation", "team", "name", "expires_at")}),
        ("What it may do", {"fields": ("scopes", "models_allowed", "allowed_ips")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key does not move to another organisation."""
        return ("organisation", *KNOWN) if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what is known of an existing key."""
        known = (
            (
                "The key",
                {"fields": KNOWN},
            ),
        )
        return self.fieldsets if obj is None else self.fieldsets + known

    @admin.display(description="Key")
    def shown(self, key: ApiKey) -> str:
        """As much of it as may be shown."""
        return f"{key.prefix}…{key.last4}"

    @display(description="State", label=COLOURS)
    def shown_state(self, key: ApiKey) -> str:
        """active, expired or revoked; leaked: it works, and was seen in an address."""
        return "leaked" if key.leaked_at is not None and key.state == "active" else key.state

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

    @admin.action(description="New secret for the selected key; the old one works for a day", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        """Shown once."""
        if queryset.count() != 1:
            messages.warning(request, "Select exactly one key.")
            return None
        try:
            made = rotate_api_key.execute(queryset.get())
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return None
        said = f"“{made.key.name}” has a new secret. The one before stops working in a day."
        return shown_once(self, request, title="The new secret", said=said, secrets={"API key": made.plain})

    @admin.action(description="Take over: the selected keys may do what you may do", permissions=["change"])
    def take_over(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """For keys whose maker leaves: they end with his membership otherwise."""
        if isinstance(request.user, User):
            taken = sum(take_over_api_key.execute(key, request.user) for key in queryset)
            messages.success(request, f"{taken} taken over.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoke instead."""
        return False
