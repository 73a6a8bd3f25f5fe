"""“My account”: what a person sees and does about himself, whatever his roles."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import IdentityProvider, User
from accounts.second_factor import enrolled


def person(request: HttpRequest) -> User:
    """Whose page it is. Raises TypeError for nobody, whom the admin does not let come this far."""
    if not isinstance(request.user, User):
        raise TypeError("a signed-in person is needed")
    return request.user


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """In the admin's frame, kept by no cache."""
    answer = TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})
    answer["Cache-Control"] = "no-store"
    return answer


def overview(request: HttpRequest) -> HttpResponse:
    """How one signs in, and where the rest is."""
    user = person(request)
    linked, offered = accounts_elsewhere(user)
    places = user.memberships.filter(organisation__in=user.own_organisations())
    return page(
        request, "admin/people/my_account.html", "My account", linked=linked, offered=offered,
        factors=enrolled.factors(user).count(), passwords=settings.GATEHOUSE_PASSWORD_LOGIN,
        tab="account", places=places.select_related("organisation", "team"),
    )  # fmt: skip


def accounts_elsewhere(user: User) -> tuple[list[dict[str, Any]], list[IdentityProvider]]:
    """Those that open this account, and the providers whose account could."""
    rows = list(SocialAccount.objects.filter(user_id=user.pk).order_by("pk"))
    known = {str(provider.pk): provider for provider in IdentityProvider.objects.select_related("organisation")}
    linked = [{"row": row, "provider": known.get(row.provider), "name": row.extra_data.get("name", "")} for row in rows]
    taken = {row.provider for row in rows}
    offered = [row for row in known.values() if row.enabled and str(row.pk) not in taken and row.may_sign_in(user)]
    return linked, offered
