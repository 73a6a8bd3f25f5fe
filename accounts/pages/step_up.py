"""Step-up: what is sensitive is done by somebody who has just proved who he is (SECURITY 4.10, ASVS 7.5.1).

The form that was sent is kept: it travels in the page that asks, and goes on once the answer is right.
"""

from typing import Any
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts import browser_session
from accounts.models import IdentityProvider, User
from accounts.pages.entrance import entrance
from accounts.pages.signing_in import CodeForm
from accounts.second_factor import enrolled
from accounts.second_factor.passkeys import asked
from audit.log import record

PREFIX = "step_up"
SAID = "It has been more than five minutes. Confirm that it is you; what you entered goes on from here."
NO_WAY = "You signed in more than five minutes ago. Sign out, sign in again, and try again."
ELSEWHERE = "You signed in elsewhere more than five minutes ago. Confirm there, then send the form again."

# Admin pages where sending a form asks for it: `app.model`.
SENSITIVE = frozenset(
    {
        "accounts.apikey", "accounts.serviceaccount", "accounts.signingkey", "accounts.membership",
        "accounts.invitation", "accounts.trustedissuer", "accounts.issuerrule", "accounts.user",
        "accounts.identityprovider", "llmproxy.provider",
    }
)  # fmt: skip


class PasswordForm(forms.Form):
    """For who has no second factor."""

    password = forms.CharField(
        strip=False, widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True})
    )

    def prove(self, request: HttpRequest, user: User) -> str | None:
        """`password`, or None with an error on the form. Counted as every try to sign in."""
        known = authenticate(request, username=user.get_username(), password=self.cleaned_data["password"])
        if known is not None and known.pk == user.pk:
            return "password"
        self.add_error("password", "That is not your password.")
        return None


def asks_first(request: HttpRequest) -> HttpResponse | None:
    """None where the person has proved himself within five minutes, or does so with this request; else the page."""
    user = request.user
    if not isinstance(user, User) or browser_session.is_fresh(request):
        return None
    form = _form(request, user)
    if form is None:
        return _elsewhere(request, user)
    if form.is_bound and form.is_valid() and (proof := form.prove(request, user)) is not None:
        browser_session.mark(request, "" if proof == "password" else proof)
        record("auth.confirmed", attrs={"by": proof})
        return None
    return entrance(
        request, "Confirm that it is you", form, template="admin/people/step_up.html", said=SAID, button="Confirm",
        carried=_carried(request), **asked(user),
    )  # fmt: skip


def _form(request: HttpRequest, user: User) -> Any:
    data = request.POST if any(name.startswith(f"{PREFIX}-") for name in request.POST) else None
    if enrolled.has_factor(user):
        return CodeForm(data, prefix=PREFIX)
    passwords = settings.GATEHOUSE_PASSWORD_LOGIN and user.has_usable_password()
    return PasswordForm(data, prefix=PREFIX) if passwords else None


def _elsewhere(request: HttpRequest, user: User) -> HttpResponse:
    """For who has neither factor nor password here: his identity provider asks him, and he sends the form again."""
    known = SocialAccount.objects.filter(user_id=user.pk).values_list("provider", flat=True)
    providers = IdentityProvider.objects.filter(pk__in=[pk for pk in known if _is_id(pk)], enabled=True)
    back = request.META.get("HTTP_REFERER", "") if request.method == "POST" else request.get_full_path()
    template = "admin/people/confirm_elsewhere.html"
    return entrance(
        request, "Confirm that it is you", said=ELSEWHERE if providers else NO_WAY, template=template, status=403,
        providers=providers, back=urlencode({"next": back}),
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _carried(request: HttpRequest) -> list[tuple[str, str]]:
    own = ("csrfmiddlewaretoken",)
    fields = request.POST.lists() if request.method == "POST" else ()
    return [(k, str(v)) for k, values in fields if k not in own and not k.startswith(f"{PREFIX}-") for v in values]
