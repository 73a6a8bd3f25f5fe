"""The way to an identity provider and back: signing in, linking an account, confirming who one is, trying it out."""

import time
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, update_session_auth_hash
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import browser_session
from accounts.actions import sign_on
from accounts.actions.accept_invitation import InvitationGone
from accounts.actions.sign_on import Identity, Refused
from accounts.models import IdentityProvider, Invitation, User
from accounts.pages.entrance import entrance
from accounts.pages.signing_in import proceed, safe_target
from accounts.pages.step_up import asks_first
from accounts.sign_on.flow import ProviderUnusable, SignOnFailed, address, answered
from audit.context import Actor
from audit.log import record

INVITED = "gatehouse.invited"
FAILED = "Signing in there did not work. Try again; if it goes on, ask whoever runs this installation."
AWAY = "{name} cannot be reached at the moment, or is not set up right. Try again, or sign in another way."
RECENT_SECONDS = 5 * 60


@never_cache
@require_GET
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider. Starting is harmless; only the answer to what this browser asked for counts."""
    row = get_object_or_404(IdentityProvider, slug=slug, enabled=True)
    asked = {"do": "sign_in", REDIRECT_FIELD_NAME: request.GET.get(REDIRECT_FIELD_NAME, "")[:500]}
    return _sent(request, row, asked)


@never_cache
@require_GET
def confirm(request: HttpRequest, slug: str) -> HttpResponse:
    """The same, for who is in and has to show that it is still he: the provider asks him anew."""
    row = get_object_or_404(IdentityProvider, slug=slug, enabled=True)
    asked = {"do": "confirm", "user": str(request.user.pk), REDIRECT_FIELD_NAME: request.GET.get("next", "")[:500]}
    return _sent(request, row, asked, prompt="login", max_age="0")


@require_POST
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks for the password or factor first: whoever owns what is linked comes in as this person from then on."""
    if (first := asks_first(request)) is not None:
        return first
    row = get_object_or_404(IdentityProvider, slug=slug, enabled=True)
    if not isinstance(request.user, User) or not row.may_sign_in(request.user):
        raise PermissionDenied
    said = f"Sign in at {row.host()} with the account that shall open this one: “{request.user.get_username()}”."
    return onward(request, row, {"do": "link", "user": str(request.user.pk)}, f"Link {row.name}", said)


@require_POST
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Not the only way in."""
    if (first := asks_first(request)) is not None:
        return first
    person = request.user
    if not isinstance(person, User):
        raise Http404
    row = get_object_or_404(SocialAccount, pk=pk, user_id=person.pk)
    others = SocialAccount.objects.filter(user_id=person.pk).exclude(pk=pk).exists()
    if not others and not person.has_usable_password():
        messages.error(request, "This is your only way in. Link another account or set a password first.")
    else:
        sign_on.unlink(row, person)
        update_session_auth_hash(request, person)
        messages.success(request, "Unlinked. Your other sessions have ended.")
    return HttpResponseRedirect(reverse("admin:my-account"))


def onward(request: HttpRequest, row: IdentityProvider, asked: dict[str, str], title: str, said: str) -> HttpResponse:
    """A page with the way to the provider: our policy lets no form lead to another site."""
    try:
        url = address(request, row, asked, prompt="select_account")
    except ProviderUnusable as error:
        return entrance(request, title, said=str(error), status=502)
    template = "admin/people/onward.html"
    return entrance(request, title, said=said, template=template, onward=url, provider=row)


@never_cache
@require_GET
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Back from there. Which of the four it was is in this browser's session, not in the address."""
    row = get_object_or_404(IdentityProvider, slug=slug)
    try:
        claims, asked = answered(request, row)
        if asked["do"] == "try":
            return _tried(request, row, claims, asked)
        identity = Identity.of(row, claims)
        match asked["do"]:
            case "link":
                return _linked(request, identity, asked)
            case "confirm":
                return _confirmed(request, identity, claims, asked)
        return _came(request, identity, claims, asked)
    except SignOnFailed as error:
        return _refused(request, row, str(error), FAILED)
    except ProviderUnusable as error:
        return _refused(request, row, str(error)[:200], AWAY.format(name=row.name))
    except (Refused, InvitationGone) as error:
        return _refused(request, row, type(error).__name__, getattr(error, "message", "") or str(error))
    except ValidationError as error:
        return _refused(request, row, "invalid", " ".join(error.messages))


def _sent(request: HttpRequest, row: IdentityProvider, asked: dict[str, str], **parameters: str) -> HttpResponse:
    try:
        return HttpResponseRedirect(address(request, row, asked, **parameters))
    except ProviderUnusable as error:
        return _refused(request, row, str(error)[:200], AWAY.format(name=row.name))


def _came(request: HttpRequest, identity: Identity, claims: Mapping[str, Any], asked: dict[str, str]) -> HttpResponse:
    row = identity.provider
    if not row.enabled:
        raise Refused("This way of signing in is switched off.")
    invited = request.session.pop(INVITED, None)
    invitation = Invitation.objects.find(*invited) if invited else None
    person = sign_on.person_of(identity, invitation)
    target, organisation = asked.get(REDIRECT_FIELD_NAME, ""), str(row.organisation_id or "")
    if row.vouches_for_factor(claims):
        browser_session.start(request, person, "sso", organisation)
        return HttpResponseRedirect(safe_target(request, target))
    return proceed(request, person, safe_target(request, target), organisation)


def _linked(request: HttpRequest, identity: Identity, asked: dict[str, str]) -> HttpResponse:
    person = _same_person(request, asked)
    sign_on.link(identity, person)
    update_session_auth_hash(request, person)
    messages.success(request, f"Linked: you can sign in with {identity.provider.name} now. Your other sessions ended.")
    return HttpResponseRedirect(reverse("admin:my-account"))


def _confirmed(
    request: HttpRequest, identity: Identity, claims: Mapping[str, Any], asked: dict[str, str]
) -> HttpResponse:
    person, at = _same_person(request, asked), claims.get("auth_time")
    known = identity.linked()
    if known is None or known.pk != person.pk:
        raise Refused("That is not the account that you signed in with.")
    if type(at) is not int or not -RECENT_SECONDS < time.time() - at < RECENT_SECONDS:
        raise Refused(f"{identity.provider.name} does not say that it has just asked you. Sign out and in again.")
    browser_session.mark(request)
    record("auth.confirmed", attrs={"by": "sso", "provider": str(identity.provider.pk)})
    messages.success(request, "Confirmed. Send the form again.")
    return HttpResponseRedirect(safe_target(request, asked.get(REDIRECT_FIELD_NAME, "")))


def _tried(request: HttpRequest, row: IdentityProvider, claims: dict[str, Any], asked: dict[str, str]) -> HttpResponse:
    _same_person(request, asked)
    identity = None
    try:
        identity = Identity.of(row, claims)
        known = identity.linked()
        verdict = f"would sign in as “{known.get_username()}”" if known else _newcomers_fate(row)
    except Refused as error:
        verdict = f"would be refused: {error}"
    factor = "counts as signed in with a second factor" if row.vouches_for_factor(claims) else "shows our second factor"
    shown = {name: claims[name] for name in sorted(claims) if name not in ("nonce", "at_hash", "c_hash", "sid")}
    return entrance(
        request, "It works", template="admin/people/sign_on_tried.html", provider=row, claims=shown, verdict=verdict,
        factor=factor, identity=identity,
    )  # fmt: skip


def _newcomers_fate(row: IdentityProvider) -> str:
    if row.join_role:
        return f"is unknown here, and would join as {row.get_join_role_display().lower()}"
    return "is unknown here, and would be turned away: nobody joins without an invitation"


def _same_person(request: HttpRequest, asked: dict[str, str]) -> User:
    if not isinstance(request.user, User) or str(request.user.pk) != asked.get("user"):
        raise Refused("You signed out, or in as somebody else, in between. Start again.")
    return request.user


def _refused(request: HttpRequest, row: IdentityProvider, reason: str, said: str) -> HttpResponse:
    attrs = {"reason": f"sso: {reason}"[:200], "provider": str(row.pk)}
    record("auth.login.failed", outcome="failure", actor=Actor("anonymous", "", ""), attrs=attrs)
    title = "That did not work"
    return entrance(request, title, said=said, template="admin/people/refused.html", status=403)
