"""Trusted issuers: whose tokens are believed, and what their holders may do."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.actions import end_tokens, fetch_issuer_keys
from accounts.admin.tenancy import NarrowedChoices, TenantAdmin
from accounts.form_fields import LinesField, ScopesField
from accounts.models import IssuerRule, TrustedIssuer, User
from accounts.scopes import GATEWAY_SCOPES
from accounts.tokens.client_key import ALGORITHMS

COLOURS = {"ready": "success", "no keys": "warning", "stale": "danger", "off": "info"}
KNOWN = ("shown_state", "shown_keys", "fetched_at", "checked_at", "fetch_error")
PINNED_HELP = "A JWK, a JWK set or a PEM block, in place of fetched keys; nothing is fetched then."
TYPES_HELP = "By typ. “at+jwt” is an access token (RFC 9068); “JWT” may be anything: narrow it by audience and claims."


class TrustedIssuerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Lists as check boxes and lines, and a place to end a subject's tokens."""

    algorithms = forms.MultipleChoiceField(
        choices=[(alg, alg) for alg in ALGORITHMS],
        initial=["RS256", "ES256"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    types = forms.MultipleChoiceField(
        label="Kinds of tokens",
        choices=[("at+jwt", "at+jwt"), ("jwt", "JWT")],
        initial=["at+jwt"],
        help_text=TYPES_HELP,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    required_claims = LinesField(help_text="One name a line; tokens without one of them are refused.")
    pinned_keys = forms.CharField(
        required=False,
        help_text=PINNED_HELP,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )
    end_subject = forms.CharField(
        label="End the tokens of a subject",
        required=False,
        max_length=200,
        help_text="A sub: every token that the issuer gave to it until now is refused within a second.",
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = TrustedIssuer
        fields = (
            "organisation", "name", "issuer", "audience", "direct", "is_active", "jwks_uri", "pinned_keys",
            "algorithms", "types", "longest_seconds", "required_claims",
        )  # fmt: skip


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Scopes as check boxes, models as lines."""

    scopes = ScopesField(GATEWAY_SCOPES, initial=list(GATEWAY_SCOPES))
    models_allowed = LinesField(label="Models")

    class Meta:
        model = IssuerRule
        fields = ("claim", "value", "scopes", "models_allowed", "team")


class RuleInline(NarrowedChoices, TabularInline):  # type: ignore[misc]  # unfold is untyped
    """Who may do what. Without a rule that fits, no token of the issuer gets in."""

    model = IssuerRule
    form = RuleForm
    extra = 0
    verbose_name_plural = "rules: who has this value in this claim may do that"


@admin.register(TrustedIssuer)
class TrustedIssuerAdmin(TenantAdmin):
    """Other issuers whose tokens an organisation believes."""

    form = TrustedIssuerForm
    inlines = (RuleInline,)
    list_display = ("name", "organisation", "issuer", "audience", "direct", "shown_state", "fetched_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "is_active", "direct")
    list_select_related = ("organisation",)
    search_fields = ("name", "issuer", "audience")
    actions = ("fetch_keys",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what is known of an existing one."""
        who = ("organisation", "name", "issuer", "audience", "direct", "is_active")
        keys = ("jwks_uri", "pinned_keys", "algorithms")
        tokens = ("types", "longest_seconds", "required_claims")
        sets = [
            (None, {"fields": who}),
            ("Its tokens", {"fields": tokens if obj is None else (*tokens, "end_subject")}),
            ("Its keys", {"fields": keys if obj is None else (*keys, *KNOWN)}),
        ]
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A trust does not move to another organisation."""
        return ("organisation", *KNOWN) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """As any row; and the tokens of a subject are ended where one was named."""
        subject = form.cleaned_data.get("end_subject", "").strip()
        super().save_model(request, obj, form, change)
        if subject and change:
            by = request.user if isinstance(request.user, User) else None
            end_tokens.of_subject(obj, subject, reason="ended in the admin", by=by)
            messages.success(request, f"Every token that was given to “{subject}” until now is refused.")

    @display(description="State", label=COLOURS)
    def shown_state(self, row: TrustedIssuer) -> str:
        """ready, no keys, stale or off."""
        return row.state

    @admin.display(description="Keys")
    def shown_keys(self, row: TrustedIssuer) -> str:
        """By their names."""
        return ", ".join(f"{key.kid or key.thumbprint} ({key.alg})" for key in row.usable_keys()) or "none yet"

    @admin.action(description="Fetch the keys of the selected issuers now", permissions=["change"])
    def fetch_keys(self, request: HttpRequest, queryset: QuerySet[TrustedIssuer]) -> None:
        """Otherwise it happens by itself, every hour."""
        for row in queryset:
            if row.pinned_keys.strip():
                messages.info(request, f"{row}: its keys are pinned, nothing is fetched.")
            elif problem := fetch_issuer_keys.execute(row):
                messages.error(request, f"{row}: {problem}")
            else:
                messages.success(request, f"{row}: {len(row.keys)} keys.")
