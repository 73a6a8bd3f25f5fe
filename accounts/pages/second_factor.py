"""One's own second factors: an app, security keys, recovery codes."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret, validate_totp_code
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import browser_session
from accounts.models import User
from accounts.pages.my_account import page, person
from accounts.pages.step_up import asks_first
from accounts.second_factor import enrolled
from accounts.second_factor.adapter import security_keys_possible
from accounts.second_factor.passkeys import offered, registered

SECRET = "gatehouse.new_app"


class AppForm(forms.Form):
    """The first code of a new app."""

    code = forms.CharField(
        max_length=10, label="Code",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="The six digits that the app shows now.",
    )  # fmt: skip


class KeyForm(forms.Form):
    """A new security key, and what to call it."""

    name = forms.CharField(max_length=100, initial="Security key", widget=UnfoldAdminTextInputWidget)
    credential = forms.JSONField(widget=forms.HiddenInput(attrs={"data-passkey-answer": ""}))


def overview(request: HttpRequest) -> HttpResponse:
    """What there is, and what can be added."""
    user = person(request)
    rows = [{"row": row, "kind": enrolled.KINDS[row.type], "name": _name(row)} for row in enrolled.factors(user)]
    return page(
        request, "admin/people/second_factor.html", "Second factor", factors=rows, codes=enrolled.codes_left(user),
        keys_possible=security_keys_possible(), demanded=settings.GATEHOUSE_REQUIRE_MFA,
        has_app=any(entry["row"].type == "totp" for entry in rows),
    )  # fmt: skip


def add_app(request: HttpRequest) -> HttpResponse:
    """Scan, then prove that it was scanned."""
    if (first := asks_first(request)) is not None:
        return first
    user = person(request)
    form = AppForm(request.POST if "code" in request.POST else None)
    secret = request.session.setdefault(SECRET, generate_totp_secret())
    if form.is_valid():
        if validate_totp_code(secret, "".join(form.cleaned_data["code"].split())):
            del request.session[SECRET]
            return _added(request, user, enrolled.add_app(user, secret), "totp")
        form.add_error("code", "That is not the code of this moment. Is the clock of your phone right?")
    url = get_adapter().build_totp_url(user, secret)
    picture = "data:image/svg+xml," + urlencode({"": get_adapter().build_totp_svg(url)})[1:].replace("+", "%20")
    spelled = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return page(request, "admin/people/add_app.html", "Authenticator app", form=form, picture=picture, secret=spelled)


def add_key(request: HttpRequest) -> HttpResponse:
    """Touch it, and it is known."""
    if not security_keys_possible():
        raise Http404
    if (first := asks_first(request)) is not None:
        return first
    user = person(request)
    form = KeyForm(request.POST if "credential" in request.POST else None)
    if form.is_valid():
        credential = form.cleaned_data["credential"]
        if registered(credential):
            return _added(request, user, enrolled.add_key(user, form.cleaned_data["name"], credential), "webauthn")
        form.add_error(None, "The key's answer could not be verified. Try again.")
    return page(request, "admin/people/add_key.html", "Security key", form=form, **offered(user))


@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes; the ones before stop working."""
    if (first := asks_first(request)) is not None:
        return first
    user = person(request)
    if not enrolled.has_factor(user):
        raise Http404
    return _codes(request, enrolled.renew_codes(user))


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one away; where everybody needs one, the last stays until there is another."""
    if (first := asks_first(request)) is not None:
        return first
    user = person(request)
    row = enrolled.factors(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    if settings.GATEHOUSE_REQUIRE_MFA and enrolled.factors(user).count() == 1:
        messages.error(request, "This is your only factor, and this installation demands one. Add another one first.")
    elif not enrolled.may_remove(user, row):
        messages.error(request, "Without it your password must have 15 characters. Choose a longer one first.")
    else:
        enrolled.remove(user, row)
        update_session_auth_hash(request, user)
        messages.success(request, "Removed. Your other sessions have ended.")
    return HttpResponseRedirect(reverse("admin:second-factor"))


def _added(request: HttpRequest, user: User, codes: list[str], factor: str) -> HttpResponse:
    update_session_auth_hash(request, user)
    browser_session.mark(request, factor)
    messages.success(request, "Your second factor is set up. Your other sessions have ended.")
    return _codes(request, codes) if codes else HttpResponseRedirect(reverse("admin:second-factor"))


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return page(request, "admin/people/recovery_codes.html", "Recovery codes", codes=codes)


def _name(row: Any) -> str:
    return str(row.data.get("name", "")) if row.type == "webauthn" else ""
