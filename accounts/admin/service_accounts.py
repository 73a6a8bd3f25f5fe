"""Service accounts and their secrets."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline

from accounts.actions import create_service_account
from accounts.admin.fields import ScopesField
from accounts.admin.shown_once import shown_once
from accounts.admin.tenancy import TenantAdmin
from accounts.models import ClientCredential, ServiceAccount
from accounts.scopes import GATEWAY_SCOPES


class ServiceAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Scopes as check boxes."""

    scopes = ScopesField(GATEWAY_SCOPES, initial=list(GATEWAY_SCOPES))

    class Meta:
        model = ServiceAccount
        fields = ("organisation", "team", "name", "scopes", "is_active")


class CredentialInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Its secrets, as far as they may be shown. Deleting one ends it at once."""

    model = ClientCredential
    extra = 0
    fields = readonly_fields = ("last4", "expires_at", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Secrets are made by the action, which shows them."""
        return False


@admin.register(ServiceAccount)
class ServiceAccountAdmin(TenantAdmin):
    """Programs that fetch their own short-lived tokens. Switched off, never deleted: the log refers to them."""

    form = ServiceAccountForm
    list_display = ("name", "organisation", "team", "client_id", "is_active", "created_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "is_active")
    list_select_related = ("organisation", "team")
    search_fields = ("name", "client_id")
    actions = ("add_secret",)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A new account has no secrets to list yet."""
        return (CredentialInline,) if obj is not None else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An account does not move to another organisation."""
        return ("organisation", "client_id", "created_at") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new account gets its first secret here, handed to the answer on the request."""
        if change:
            super().save_model(request, obj, form, change)
            return
        request.client_secret = create_service_account.save(obj)  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The secret, once."""
        said = f"The service account “{obj.name}” was added successfully."
        return self._shown(request, obj, said, request.client_secret)  # type: ignore[attr-defined]

    @admin.action(description="Make another secret for the selected account", permissions=["change"])
    def add_secret(self, request: HttpRequest, queryset: QuerySet[ServiceAccount]) -> HttpResponse | None:
        """Earlier ones go on working until they expire or are deleted."""
        if queryset.count() != 1:
            messages.warning(request, "Select exactly one service account.")
            return None
        account = queryset.get()
        with transaction.atomic():
            secret = create_service_account.add_secret(account)
        return self._shown(request, account, f"“{account.name}” has another secret.", secret)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switch it off instead."""
        return False

    def _shown(self, request: HttpRequest, account: ServiceAccount, said: str, secret: str) -> HttpResponse:
        parts = {"Client id": account.client_id, "Client secret": secret}
        return shown_once(self, request, title="Your new client secret", said=said, secrets=parts)
