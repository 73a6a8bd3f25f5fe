"""Service accounts, their secrets and their public keys."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.actions import add_client_keys, create_service_account, rotate_client_secret
from accounts.admin.api_keys import COLOURS
from accounts.admin.shown_once import shown_once
from accounts.admin.tenancy import TenantAdmin
from accounts.form_fields import LinesField, ScopesField
from accounts.models import ClientCredential, ServiceAccount
from accounts.scopes import GATEWAY_SCOPES
from accounts.tokens.client_key import read_public_keys

KEYS_HELP = (
    "A JWK, a JWK set or a public key in PEM format (ES256, Ed25519, RS256, PS256), for private_key_jwt. "
    "The private part stays with the program; keys that are here already are left alone."
)


class ServiceAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Scopes as check boxes, and a place to paste public keys."""

    scopes = ScopesField(GATEWAY_SCOPES, initial=list(GATEWAY_SCOPES))
    allowed_ips = LinesField(label="Allowed addresses", help_text="One address or CIDR a line; empty for any.")
    public_keys = forms.CharField(
        label="Add public keys",
        required=False,
        help_text=KEYS_HELP,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )

    class Meta:
        model = ServiceAccount
        fields = ("organisation", "team", "name", "scopes", "allowed_ips", "dpop_required", "is_active")

    def clean_public_keys(self) -> str:
        """Refused here, before anything is stored."""
        text = str(self.cleaned_data["public_keys"])
        if text.strip():
            try:
                read_public_keys(text)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return text


class CredentialInline(TabularInline):  # type: ignore[misc]  # unfold is untyped
    """What it proves itself with, as far as it may be shown. Deleting one ends it at once; so does an earlier end."""

    model = ClientCredential
    extra = 0
    verbose_name_plural = "secrets and public keys"
    readonly_fields = ("kind", "shown", "shown_state", "last_used_at", "created_at")
    fields = ("kind", "shown", "shown_state", "expires_at", "last_used_at", "created_at")

    @admin.display(description="Which")
    def shown(self, row: ClientCredential) -> str:
        """Of a secret its end; of a key what its owner calls it, and its algorithm."""
        jwk = row.public_jwk
        return f"…{row.last4}" if jwk is None else f"{jwk['kid'] or row.thumbprint} ({jwk['alg']})"

    @display(description="State", label=COLOURS)
    def shown_state(self, row: ClientCredential) -> str:
        """active, expired or revoked."""
        return row.state

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Secrets are made by the action, which shows them."""
        return False


@admin.register(ServiceAccount)
class ServiceAccountAdmin(TenantAdmin):
    """Programs that fetch their own short-lived tokens. Switched off, never deleted: the log refers to them."""

    form = ServiceAccountForm
    list_display = ("name", "organisation", "team", "client_id", "is_active", "created_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "is_active", "dpop_required")
    list_select_related = ("organisation", "team")
    search_fields = ("name", "client_id")
    actions = ("add_secret", "rotate")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A new account has no secrets to list yet."""
        return (CredentialInline,) if obj is not None else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """An account does not move to another organisation."""
        return ("organisation", "client_id", "created_at") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A new account gets its first secret here, handed to the answer on the request."""
        with transaction.atomic():
            if change:
                super().save_model(request, obj, form, change)
            else:
                request.client_secret = create_service_account.save(obj)  # type: ignore[attr-defined]
            if pasted := form.cleaned_data.get("public_keys", "").strip():
                added = add_client_keys.execute(obj, pasted)
                messages.success(request, f"{len(added)} added of the public keys.")

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

    @admin.action(description="New secret for the selected account; old ones work for a day", permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ServiceAccount]) -> HttpResponse | None:
        """Shown once."""
        if queryset.count() != 1:
            messages.warning(request, "Select exactly one service account.")
            return None
        account = queryset.get()
        secret = rotate_client_secret.execute(account)
        said = f"“{account.name}” has a new secret. The ones before stop working in a day at the latest."
        return self._shown(request, account, said, secret)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switch it off instead."""
        return False

    def _shown(self, request: HttpRequest, account: ServiceAccount, said: str, secret: str) -> HttpResponse:
        parts = {"Client id": account.client_id, "Client secret": secret}
        return shown_once(self, request, title="Your new client secret", said=said, secrets=parts)
