"""Token endpoints and the key set."""

from django.urls import path

from accounts.views.key_set import key_set
from accounts.views.leaked_key import LeakedKeyView
from accounts.views.oauth import token
from accounts.views.token import RefreshView, RevokeView, TokenView, VerifyView

urlpatterns = [
    path("api/token/", TokenView.as_view(), name="token"),
    path("api/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("api/token/verify/", VerifyView.as_view(), name="token-verify"),
    path("api/token/revoke/", RevokeView.as_view(), name="token-revoke"),
    path("api/leaked-keys/", LeakedKeyView.as_view(), name="leaked-keys"),
    path("oauth/token", token, name="oauth-token"),
    path(".well-known/jwks.json", key_set, name="jwks"),
]
