"""The sessions of a person, for who looks after him: each can be ended, or all at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from accounts import sessions_list
from accounts.actions import end_one_session, end_sessions, renew
from accounts.admin.tenancy import is_superuser, tenants
from accounts.models import BrowserSession, Membership, RefreshFamily, User
from accounts.pages.step_up import asks_first
from accounts.sessions_list import BROWSER, Shown

BECAUSE = "ended_by_administrator"


class PersonSessions:
    """Mixed into the admin page of people."""

    admin_site: Any
    opts: Any
    get_queryset: Any

    def sessions_urls(self) -> list[URLPattern]:
        """The page's address."""
        own = self.admin_site.admin_view(self.sessions)
        return [path("<uuid:pk>/sessions/", own, name="accounts_user_sessions")]

    def sessions(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The list; POST ends one of it, or all."""
        person: User = get_object_or_404(self.get_queryset(request), pk=pk)
        rows = _shown(request, person)
        if rows is None:
            return HttpResponse(status=403)
        if request.method == "POST":
            return asks_first(request) or self._ended(request, person, rows)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"Sessions of {person}",
            "person": person, "sessions": rows, "everything": is_superuser(request),
        }  # fmt: skip
        return TemplateResponse(request, "admin/accounts/person_sessions.html", context)

    @display(description="sessions")
    def sessions_link(self, person: User) -> SafeString:
        """To that page."""
        url = reverse(f"{self.admin_site.name}:accounts_user_sessions", args=(person.pk,))
        return format_html(
            '<a class="gatehouse-link" href="{}">Sessions<span class="gh-hidden"> of {}</span></a>', url, person
        )

    def _ended(self, request: HttpRequest, person: User, rows: list[Shown]) -> HttpResponse:
        if "all" in request.POST and is_superuser(request):
            end_sessions.execute(person, BECAUSE)
            messages.success(request, f"{person} is signed out everywhere. Tokens stop working within a second.")
        else:
            given = (request.POST.get("kind"), request.POST.get("end"))
            found = next((row for row in rows if (row.kind, row.pk) == given), None)
            if found is None:
                raise Http404
            _end(found)
            messages.success(request, f"Ended: {found.device}.")
        return HttpResponseRedirect(request.path)


def _shown(request: HttpRequest, person: User) -> list[Shown] | None:
    """All for a superuser; for others the tools' sessions in organisations whose members they look after."""
    if is_superuser(request):
        return [*sessions_list.browsers(person), *sessions_list.tools(person)]
    mine = tenants(request, "change", Membership)
    looked_after = [pk for pk in mine if person.memberships.filter(organisation_id=pk).exists()]
    if not looked_after:
        return None
    return sessions_list.tools(person, organisation_id__in=looked_after)


def _end(row: Shown) -> None:
    if row.kind == BROWSER:
        found = BrowserSession.objects.filter(pk=row.pk).select_related("user").first()
        if found is not None:
            end_one_session.browser(found, BECAUSE)
        return
    renew.end(RefreshFamily.objects.select_related("user").get(pk=UUID(row.pk)), BECAUSE)
