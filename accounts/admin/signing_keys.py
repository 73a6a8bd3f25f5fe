"""The key ring: looked at and rotated; a private part is never shown."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.actions import (
    activate_signing_key,
    compromise_signing_key,
    generate_signing_key,
    rotate_signing_key,
)
from accounts.admin_audit import AuditedAdmin
from accounts.models import SigningKey
from accounts.models.signing_key import SigningKeyState
from accounts.tokens.keys import ALGORITHMS

COLOURS = {"Active": "success", "Pending": "info", "Retiring": "warning", "Compromised": "danger"}
SHOWN = (
    "kid", "alg", "state", "public_jwk", "note", "created_at", "activate_at", "activated_at", "retiring_at",
    "retired_at", "compromised_at",
)  # fmt: skip


class NewSigningKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The algorithm of a new key; it is published at once and signs when it is put into service."""

    algorithm = forms.ChoiceField(
        choices=[(alg, alg) for alg in ALGORITHMS], initial="ES256", widget=UnfoldAdminSelectWidget
    )
    note = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = SigningKey
        fields = ("note",)


@admin.register(SigningKey)
class SigningKeyAdmin(AuditedAdmin):
    """For superusers: the keys are the installation's, not an organisation's."""

    form = NewSigningKeyForm
    list_display = ("kid", "alg", "shown_state", "created_at", "activate_at", "activated_at", "note")
    list_filter = ("state", "alg")
    search_fields = ("kid", "note")
    actions = ("rotate", "activate", "compromise")

    @display(description="State", label=COLOURS)
    def shown_state(self, key: SigningKey) -> str:
        """Where it is in its life."""
        return str(SigningKeyState(key.state).label)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is shown of a key; what is asked for a new one."""
        return ("algorithm", "note") if obj is None else SHOWN

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing of a key is changed by a form."""
        return () if obj is None else SHOWN

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Publish a fresh key; the form's row becomes the one that was stored."""
        made = generate_signing_key.execute(form.cleaned_data["algorithm"], form.cleaned_data["note"])
        for field in SigningKey._meta.concrete_fields:
            setattr(obj, field.attname, getattr(made, field.attname))

    @admin.action(description="Replace the selected active key by a fresh one", permissions=["add"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        """Published now, signing in ten minutes; the old one goes on verifying until its tokens are gone."""
        if (active := queryset.filter(state=SigningKeyState.ACTIVE).first()) is None:
            messages.warning(request, "Select the active key.")
            return
        made = rotate_signing_key.execute(active.alg, "rotated in the admin")
        if made.state == SigningKeyState.ACTIVE:
            messages.success(request, f"{made.kid} signs from now on.")
        else:
            messages.success(request, f"{made.kid} is published and signs from {made.activate_at:%H:%M} UTC on.")

    @admin.action(description="Put the selected pending key into service", permissions=["add"])
    def activate(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        """Refused while caches may not know it."""
        self._each(request, queryset, activate_signing_key.execute, "signs from now on.")

    @admin.action(description="Compromised: end the selected keys and all of their tokens", permissions=["add"])
    def compromise(self, request: HttpRequest, queryset: QuerySet[SigningKey]) -> None:
        """Within a second, on every worker; a fresh key takes over where the active one goes."""
        self._each(request, queryset, compromise_signing_key.execute, "ended, and every token that it signed.")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[SigningKey], act: Callable[[SigningKey], object], said: str
    ) -> None:
        for key in queryset:
            try:
                act(key)
            except ValidationError as error:
                messages.error(request, f"{key.kid}: {' '.join(error.messages)}")
            else:
                messages.success(request, f"{key.kid} {said}")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keys are rotated, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Keys are retired, not deleted."""
        return False
