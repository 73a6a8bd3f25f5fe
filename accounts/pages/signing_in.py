"""Signing in to the admin: name and password, then the second factor where one is enrolled."""

import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import browser_session
from accounts.models import IdentityProvider, User
from accounts.pages.entrance import entrance
from accounts.second_factor import enrolled, proving
from accounts.second_factor.passkeys import asked
from audit.context import Actor
from audit.log import record

PENDING = "gatehouse.pending"
PENDING_SECONDS = 5 * 60
TOO_LATE = "That took too long. Sign in again."


class SignInForm(UnfoldAuthenticationForm):
    """Whoever is active may sign in; what he finds then is for his roles to say."""

    def confirm_login_allowed(self, user: Any) -> None:
        """As Django's own form, where the admin's asks for `is_staff`."""
        AuthenticationForm.confirm_login_allowed(self, user)


class SignInView(LoginView):
    """The first step."""

    template_name = "admin/people/sign_in.html"
    authentication_form = SignInForm

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the other ways in."""
        onward = {REDIRECT_FIELD_NAME: self.get_redirect_url()}
        ways = {
            "providers": IdentityProvider.objects.filter(enabled=True, listed=True),
            "onward": f"?{urlencode(onward)}" if onward[REDIRECT_FIELD_NAME] else "",
            "passwords": settings.GATEHOUSE_PASSWORD_LOGIN,
        }
        return super().get_context_data(**{**context, **ways})

    def post(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """As Django's, where passwords are taken."""
        if not settings.GATEHOUSE_PASSWORD_LOGIN:
            return self.render_to_response(self.get_context_data(form=self.get_form_class()(request)), status=403)
        return super().post(request, *args, **options)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """To the second step, or in."""
        user = form.get_user()
        if not isinstance(user, User):
            raise TypeError("our backends sign in people only")
        return proceed(self.request, user, self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """On record, with the name as it was typed."""
        reason = "locked" if getattr(self.request, "axes_locked_out", False) else "refused"
        name = str(form.data.get("username", ""))[:150]
        record("auth.login.failed", outcome="failure", actor=Actor("anonymous", "", name), attrs={"reason": reason})
        return super().form_invalid(form)


class CodeForm(forms.Form):
    """One of the two."""

    code = forms.CharField(
        max_length=32, required=False, label="Code",
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
        help_text="Six digits from your authenticator app, or one of your recovery codes.",
    )  # fmt: skip
    credential = forms.JSONField(required=False, widget=forms.HiddenInput(attrs={"data-passkey-answer": ""}))

    def prove(self, request: HttpRequest, user: User) -> str | None:
        """The factor that was shown; None with an error on the form."""
        given = self.cleaned_data
        if given.get("credential"):
            proved = proving.by_key(request, user, given["credential"])
        else:
            proved = proving.by_code(request, user, given.get("code", ""))
        if proved is None:
            locked = getattr(request, "axes_locked_out", False)
            self.add_error(None, "Too many attempts. Wait a while." if locked else "That did not work. Try again.")
        return proved


def proceed(request: HttpRequest, user: User, target: str, organisation: str = "") -> HttpResponse:
    """After the first factor: ask for the second where the person has one, else in.

    Args:
        organisation: the only one that the session is for, where its identity provider vouched for the person.
    """
    if not enrolled.has_factor(user):
        browser_session.start(request, user, "", organisation)
        return HttpResponseRedirect(target)
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": str(user.pk), "epoch": user.epoch, "at": int(time.time()), REDIRECT_FIELD_NAME: target,
        "organisation": organisation,
    }  # fmt: skip
    return HttpResponseRedirect(reverse("admin:login-code"))


def code_page(request: HttpRequest) -> HttpResponse:
    """The second step; it knows who passed the first for five minutes."""
    pending = request.session.get(PENDING) or {}
    user = _pending_user(pending)
    if user is None:
        request.session.pop(PENDING, None)
        messages.warning(request, TOO_LATE)
        return HttpResponseRedirect(reverse("admin:login"))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (factor := form.prove(request, user)) is not None:
        del request.session[PENDING]
        browser_session.start(request, user, factor, str(pending.get("organisation", "")))
        return HttpResponseRedirect(safe_target(request, str(pending.get(REDIRECT_FIELD_NAME, ""))))
    return entrance(
        request, "Second factor", form, template="admin/people/second_step.html", button="Sign in", **asked(user)
    )


def _pending_user(pending: dict[str, Any]) -> User | None:
    if not 0 <= time.time() - pending.get("at", 0) <= PENDING_SECONDS:
        return None
    return User.objects.filter(pk=pending["user"], epoch=pending["epoch"], is_active=True).first()


def safe_target(request: HttpRequest, target: str) -> str:
    """Where to go after signing in: a page of ours, the overview where it is none."""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else reverse("admin:index")
