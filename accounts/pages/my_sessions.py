"""“My sessions”: where one is signed in, and the ways to end that."""

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts import sessions_list
from accounts.actions import end_one_session, end_sessions, renew
from accounts.models import BrowserSession, RefreshFamily
from accounts.pages.my_account import page, person
from accounts.session_store import digest_of

BECAUSE = "ended_by_the_person"


def overview(request: HttpRequest) -> HttpResponse:
    """Browsers, then tools."""
    user, here = person(request), digest_of(request.session.session_key)
    rows = [*sessions_list.browsers(user, here), *sessions_list.tools(user)]
    return page(request, "admin/people/my_sessions.html", "My sessions", sessions=rows, tab="sessions")


@require_POST
def end_browser(request: HttpRequest, pk: str) -> HttpResponse:
    """One browser; another one's is not there."""
    row = BrowserSession.objects.filter(pk=pk, user=person(request)).first()
    if row is None:
        raise Http404
    if row.pk == digest_of(request.session.session_key):
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    end_one_session.browser(row, BECAUSE)
    return _done(request, "That browser is signed out.")


@require_POST
def end_tool(request: HttpRequest, pk: str) -> HttpResponse:
    """One tool's session; another one's is not there."""
    family = RefreshFamily.objects.filter(pk=pk, user=person(request)).select_related("user").first()
    if family is None:
        raise Http404
    renew.end(family, BECAUSE)
    return _done(request, "Ended. Its tokens stop working within a second.")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """All but this browser."""
    user = person(request)
    end_sessions.execute(user, BECAUSE)
    update_session_auth_hash(request, user)
    return _done(request, "Everything else is signed out. Tokens stop working within a second.")


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """This one too."""
    end_sessions.execute(person(request), BECAUSE)
    logout(request)
    messages.success(request, "You are signed out everywhere.")
    return HttpResponseRedirect(reverse("admin:login"))


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:my-sessions"))
