"""The people's own pages, for the admin site that holds them."""

from django.contrib.admin.sites import AdminSite
from django.urls import URLPattern, path

from accounts.pages import my_account, second_factor, sign_on
from accounts.pages.invitation import invitation_page
from accounts.pages.signing_in import code_page


def people_urls(site: AdminSite) -> list[URLPattern]:
    """Those before the log-in are open; the others ask for a signed-in person."""
    own = site.admin_view
    return [
        path("login/code/", code_page, name="login-code"),
        path("invitation/<uuid:pk>/<str:secret>/", invitation_page, name="invitation"),
        path("sso/<slug:slug>/", sign_on.start, name="sso-start"),
        path("sso/<slug:slug>/callback/", sign_on.callback, name="sso-callback"),
        path("my/", own(my_account.overview), name="my-account"),
        path("my/confirm/<slug:slug>/", own(sign_on.confirm), name="sso-confirm"),
        path("my/accounts/<slug:slug>/link/", own(sign_on.link), name="sso-link"),
        path("my/accounts/<int:pk>/unlink/", own(sign_on.unlink), name="sso-unlink"),
        path("my/second-factor/", own(second_factor.overview), name="second-factor"),
        path("my/second-factor/app/", own(second_factor.add_app), name="second-factor-app"),
        path("my/second-factor/key/", own(second_factor.add_key), name="second-factor-key"),
        path("my/second-factor/codes/", own(second_factor.new_codes), name="second-factor-codes"),
        path("my/second-factor/<int:pk>/remove/", own(second_factor.remove), name="second-factor-remove"),
    ]
