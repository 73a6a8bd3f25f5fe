"""Identity providers: where an organisation's people sign in, and a button to try it before anybody depends on it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.actions import probe_identity_provider
from accounts.admin.tenancy import TenantAdmin, is_superuser
from accounts.form_fields import LinesField
from accounts.models import IdentityProvider
from accounts.pages.sign_on import onward
from accounts.pages.step_up import asks_first

FOREVER = ("slug", "issuer", "organisation")


class IdentityProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Lists as lines; the secret is written and never read back."""

    required_claims = LinesField(
        label="Required claims",
        help_text="Who may come in at all: name=value, one a line, all must hold. For a provider that serves "
        "everybody, such as Google, name your own domain: hd=example.com.",
    )
    trusted_factors = LinesField(
        label="Counts as a second factor",
        help_text="Values of amr or acr, one a line, such as mfa or hwk. Empty: people show their factor here.",
    )
    secret = forms.CharField(
        label="Client secret", required=False, strip=True, max_length=500,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Kept sealed and never shown. Leave empty to keep the one that is stored; a public client has none.",
    )  # fmt: skip

    class Meta:
        model = IdentityProvider
        fields = (
            "name", "slug", "organisation", "issuer", "client_id", "enabled", "listed", "required_claims",
            "trusted_factors", "join_role", "join_team",
        )  # fmt: skip


@admin.register(IdentityProvider)
class IdentityProviderAdmin(TenantAdmin):
    """Single sign-on by OpenID Connect. Switched off, not deleted, once somebody came in through it."""

    form = IdentityProviderForm
    list_display = ("name", "organisation", "issuer", "join_role", "enabled", "try_link")
    list_filter = ("enabled",)
    list_select_related = ("organisation",)
    search_fields = ("name", "slug", "issuer")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's way)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the address to register there, once it is known."""
        entered = ("issuer", "client_id", "secret")
        where = ("redirect", "start", *entered) if obj is not None else entered
        return (
            (None, {"fields": ("name", "slug", "organisation", "enabled", "listed")}),
            ("The provider", {"fields": where}),
            ("Who comes in", {"fields": ("required_claims", "trusted_factors", "join_role", "join_team")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who controls the issuer can sign in as everybody linked, so that it never changes."""
        return (*FOREVER, "redirect", "start") if obj is not None else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Not for a name that is in use."""
        return self.prepopulated_fields if obj is None else {}

    def get_urls(self) -> list[URLPattern]:
        """With the page that tries it out."""
        own = self.admin_site.admin_view(self.probe)
        return [path("<uuid:pk>/try/", own, name="accounts_identityprovider_try"), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """The installation's own provider is for superusers to set up."""
        form = super().get_form(request, obj, change, **options)
        if not is_superuser(request) and "organisation" in form.base_fields:
            form.base_fields["organisation"].required = True
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The secret sealed into the row."""
        if plain := form.cleaned_data.get("secret"):
            obj.set_secret(plain)
        super().save_model(request, obj, form, change)

    def probe(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """GET tells what it would do; POST asks the provider, then offers a sign-in that changes nothing."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, row):
            return HttpResponse(status=403)
        if request.method == "POST" and (first := asks_first(request)) is not None:
            return first
        if request.method == "POST" and "go" in request.POST:
            asked = {"do": "try", "user": str(request.user.pk)}
            said = f"Sign in at {row.host()} now. Nothing is changed here; you will see what came back."
            return onward(request, row, asked, f"Try {row.name}", said)
        findings = probe_identity_provider.execute(row) if request.method == "POST" else None
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"Try {row.name}", "provider": row,
            "findings": findings, "works": findings is not None and all(one.ok for one in findings),
        }  # fmt: skip
        return TemplateResponse(request, "admin/accounts/try_provider.html", context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switch it off instead."""
        return False

    @admin.display(description="redirect URI to register there")
    def redirect(self, row: IdentityProvider) -> str:
        """What the provider asks for."""
        return row.redirect_uri

    @admin.display(description="address to start from")
    def start(self, row: IdentityProvider) -> str:
        """For a bookmark, or a tile of the provider's own portal."""
        return row.start_url

    @display(description="try")
    def try_link(self, row: IdentityProvider) -> SafeString:
        """To that page."""
        url = reverse(f"{self.admin_site.name}:accounts_identityprovider_try", args=(row.pk,))
        return format_html('<a class="gatehouse-link" href="{}">Try it</a>', url)
