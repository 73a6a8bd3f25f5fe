"""Tokens that were ended before they expired; adding a row ends more."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.actions import end_tokens
from accounts.models import Revocation, User
from accounts.models.revocation import RevocationKind

# The tokens of a trusted issuer's subject are ended on the issuer's page.
ENDED_HERE = [choice for choice in RevocationKind.choices if choice[0] != RevocationKind.SUBJECT]


class EndTokensForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What ends, and why."""

    kind = forms.ChoiceField(label="What ends", choices=ENDED_HERE, widget=UnfoldAdminSelectWidget)
    iss = forms.CharField(
        label="Issuer",
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Of one token: its iss. Empty for ours.",
    )
    reason = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, help_text="For the audit record: what happened."
    )

    class Meta:
        model = Revocation
        fields = ("kind", "value")

    def clean(self) -> dict[str, Any]:
        """All tokens have no name; anything else needs one."""
        given = super().clean() or {}
        everything = given.get("kind") == RevocationKind.EVERYTHING
        if everything and given.get("value"):
            self.add_error("value", "Leave this empty to end every token, or choose what it names.")
        if not everything and not given.get("value"):
            self.add_error("value", "Say which: the token's id (jti) or the client id.")
        return given

    def validate_unique(self) -> None:
        """Ending the same again is allowed: newer tokens end as well."""


@admin.register(Revocation)
class RevocationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """For superusers: in an emergency, “Add” ends every access token of the installation within a second."""

    form = EndTokensForm
    list_display = ("kind", "value", "reason", "created_by", "updated_at", "expires_at")
    list_filter = ("kind",)
    list_select_related = ("created_by",)
    search_fields = ("value", "reason")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """End it; the form's row becomes the one that was stored."""
        by = request.user if isinstance(request.user, User) else None
        reason = form.cleaned_data["reason"]
        match form.cleaned_data["kind"]:
            case RevocationKind.EVERYTHING:
                made = end_tokens.everything(reason=reason, by=by)
            case RevocationKind.CLIENT:
                made = end_tokens.of_client(obj.value, reason=reason, by=by)
            case _:
                made = end_tokens.one(obj.value, issuer=form.cleaned_data["iss"], reason=reason, by=by)
        for field in Revocation._meta.concrete_fields:
            setattr(obj, field.attname, getattr(made, field.attname))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What ended stays ended."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What ended stays ended."""
        return False
