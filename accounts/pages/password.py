"""Passwords: forgotten, set anew by a link, changed by who knows the old one."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.forms import SetPasswordMixin
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts.actions import change_password, reset_password
from accounts.models import User
from accounts.pages.entrance import entrance
from accounts.pages.my_account import page, person

ASKED = (
    "If there is an account with this name or address, a letter with a link is on its way. "
    "It works for an hour. Nothing came? Ask whoever invited you."
)
GONE = "This link is not valid any more: it was used, it is older than an hour, or something else changed since."


class ForgottenForm(forms.Form):
    """Whose password it is."""

    name = forms.CharField(
        max_length=254, label="User name or e-mail address",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "username", "autofocus": True}),
    )  # fmt: skip


class NewPasswordForm(SetPasswordMixin, forms.Form):  # type: ignore[type-arg]  # not subscriptable at run time
    """Twice the same."""

    password1, password2 = SetPasswordMixin.create_password_fields()

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        for name in ("password1", "password2"):
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["password1"].label, self.fields["password2"].label = "New password", "The new one again"

    def clean(self) -> dict[str, Any] | None:
        """Both entries agree, and the rules hold."""
        self.validate_passwords()
        self.validate_password_for_user(self.person)
        return super().clean()


class ChangeForm(NewPasswordForm):
    """With the old one."""

    old = forms.CharField(
        label="Your password now", strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True}),
    )  # fmt: skip
    field_order = ("old", "password1", "password2")

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request = request

    def clean_old(self) -> str:
        """Counted as every try to sign in."""
        given = str(self.cleaned_data["old"])
        known = authenticate(self.request, username=self.person.get_username(), password=given)
        if known is None or known.pk != self.person.pk:
            raise ValidationError("That is not your password.")
        return given


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """The same answer for every name, in the same time."""
    _only_with_passwords()
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reset_password.ask(form.cleaned_data["name"], request.META.get("REMOTE_ADDR", ""))
        return entrance(request, "Look into your mail", said=ASKED, template="admin/people/refused.html")
    said = "Where shall the link go? It is sent to the address that is stored with the account."
    return entrance(request, "Forgotten your password?", form, said=said, button="Send me a link")


@never_cache
@sensitive_post_parameters()
def set_by_link(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """Signs nobody in: the second factor is still asked for afterwards."""
    _only_with_passwords()
    found = reset_password.person_of(str(pk), token)
    if found is None:
        return entrance(request, "A new password", said=GONE, template="admin/people/refused.html", status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, person=found)
    if form.is_bound and form.is_valid():
        change_password.execute(found, form.cleaned_data["password1"], "reset")
        messages.success(request, "Your password is set. Sign in with it.")
        return HttpResponseRedirect(reverse("admin:login"))
    said = f"Choose a new password for “{found.get_username()}”."
    return entrance(request, "A new password", form, said=said, button="Set the password")


@sensitive_post_parameters()
def change(request: HttpRequest) -> HttpResponse:
    """One's own."""
    _only_with_passwords()
    user = person(request)
    if not user.has_usable_password():
        raise Http404
    form = ChangeForm(request.POST if request.method == "POST" else None, person=user, request=request)
    if form.is_bound and form.is_valid():
        change_password.execute(user, form.cleaned_data["password1"], "changed")
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is changed. Your other sessions have ended.")
        return HttpResponseRedirect(reverse("admin:my-account"))
    return page(request, "admin/people/my_password.html", "Change my password", form=form, tab="account")


def _only_with_passwords() -> None:
    if not settings.GATEHOUSE_PASSWORD_LOGIN:
        raise Http404
