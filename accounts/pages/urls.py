"""The people's own pages, for the admin site that holds them."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.pages import my_account, my_keys, my_sessions, my_usage, password, second_factor, sign_on
from accounts.pages.invitation import invitation_page
from accounts.pages.roles import roles_page
from accounts.pages.signing_in import code_page

View = Callable[..., HttpResponse]


def own(view: View) -> View:
    """For everybody who is signed in, with a role or without one."""

    @never_cache
    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if not isinstance(request.user, User) or not request.user.is_active:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args, **options)

    return answering


def people_urls(site: AdminSite) -> list[URLPattern]:
    """Those before the log-in are open; the others ask for a signed-in person."""
    return [
        path("login/code/", code_page, name="login-code"),
        path("roles/", own(roles_page), name="roles"),
        path("password/", password.forgotten, name="password-reset"),
        path("password/<uuid:pk>/<str:token>/", password.set_by_link, name="password-set"),
        path("invitation/<uuid:pk>/<str:secret>/", invitation_page, name="invitation"),
        path("sso/<slug:slug>/", sign_on.start, name="sso-start"),
        path("sso/<slug:slug>/callback/", sign_on.callback, name="sso-callback"),
        path("my/", own(my_account.overview), name="my-account"),
        path("my/password/", own(password.change), name="my-password"),
        path("my/keys/", own(my_keys.overview), name="my-keys"),
        path("my/keys/<uuid:pk>/rotate/", own(my_keys.rotate), name="my-key-rotate"),
        path("my/keys/<uuid:pk>/revoke/", own(my_keys.revoke), name="my-key-revoke"),
        path("my/sessions/", own(my_sessions.overview), name="my-sessions"),
        path("my/sessions/others/", own(my_sessions.end_others), name="my-sessions-others"),
        path("my/sessions/all/", own(my_sessions.end_all), name="my-sessions-all"),
        path("my/sessions/browser/<slug:pk>/", own(my_sessions.end_browser), name="my-session-end-browser"),
        path("my/sessions/tool/<uuid:pk>/", own(my_sessions.end_tool), name="my-session-end-tool"),
        path("my/usage/", own(my_usage.overview), name="my-usage"),
        path("my/confirm/<slug:slug>/", own(sign_on.confirm), name="sso-confirm"),
        path("my/accounts/<slug:slug>/link/", own(sign_on.link), name="sso-link"),
        path("my/accounts/<int:pk>/unlink/", own(sign_on.unlink), name="sso-unlink"),
        path("my/second-factor/", own(second_factor.overview), name="second-factor"),
        path("my/second-factor/app/", own(second_factor.add_app), name="second-factor-app"),
        path("my/second-factor/key/", own(second_factor.add_key), name="second-factor-key"),
        path("my/second-factor/codes/", own(second_factor.new_codes), name="second-factor-codes"),
        path("my/second-factor/<int:pk>/remove/", own(second_factor.remove), name="second-factor-remove"),
    ]
