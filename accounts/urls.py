"""Token endpoints and the key set."""

from django.urls import path

from accounts.views import discovery
from accounts.views.key_set import key_set
from accounts.views.leaked_key import LeakedKeyView
from accounts.views.oauth import introspect, revoke, token
from accounts.views.token import RefreshView, RevokeView, TokenView, VerifyView

urlpatterns = [
    path("api/token/", TokenView.as_view(), name="token"),
    path("api/token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("api/token/verify/", VerifyView.as_view(), name="token-verify"),
    path("api/token/revoke/", RevokeView.as_view(), name="token-revoke"),
    path("api/leaked-keys/", LeakedKeyView.as_view(), name="leaked-keys"),
    path("oauth/token", token, name="oauth-token"),
    path("oauth/revoke", revoke, name="oauth-revoke"),
    path("oauth/introspect", introspect, name="oauth-introspect"),
    path(".well-known/oauth-authorization-server", discovery.authorization_server, name="oauth-server"),
    path(".well-known/oauth-authorization-server/<path:suffix>", discovery.authorization_server),
    path(".well-known/oauth-protected-resource", discovery.protected_resource, name="oauth-resource"),
    path(".well-known/oauth-protected-resource/<path:suffix>", discovery.protected_resource),
    path(".well-known/jwks.json", key_set, name="jwks"),
]
