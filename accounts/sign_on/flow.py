"""The OpenID Connect flow: django-allauth's state, PKCE and code exchange; every check of the answer is ours."""

import secrets
import time
from typing import Any
from urllib.parse import quote_plus

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from requests import RequestException, Session

from accounts.crypto import UnsealError
from accounts.models import IdentityProvider
from accounts.sign_on import outside
from accounts.sign_on.outside import Metadata, ProviderUnusable
from accounts.tokens.errors import TokenRefused
from accounts.tokens.id_token import Expected, verified_id_token

SCOPES = ("openid", "profile", "email")
STATE = "gatehouse"


class SignOnFailed(Exception):
    """The reason is for the record; people are told that it did not work."""


class SignOnAdapter(DefaultSocialAccountAdapter):
    """SOCIALACCOUNT_ADAPTER: its calls go out by the guarded session, and nobody signs up by django-allauth's pages."""

    def get_requests_session(self) -> Session:
        """Every address checked at connect time; no redirects."""
        return outside.session()

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """In place of its error page. Raises SignOnFailed."""
        raise SignOnFailed(_reason(error, exception)) from exception

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """accounts.actions.sign_on decides who joins."""
        return False


class EncodedClient(OAuth2Client):
    """Id and secret form-encoded before they go into the header, as RFC 6749 §2.3.1 wants it."""

    def get_access_token(self, code: str, **options: Any) -> dict[str, Any]:
        """The token endpoint's answer. Raises OAuth2Error, RequestException."""
        if self.basic_auth:
            self.consumer_key: str = quote_plus(self.consumer_key)
            self.consumer_secret: str = quote_plus(self.consumer_secret)
        answer: dict[str, Any] = super().get_access_token(code, **options)
        return answer


class Flow(OpenIDConnectOAuth2Adapter):
    """One sign-in at one provider.

    Attributes:
        row: the provider.
        nonce: that the ID token must carry.
        claims: of the ID token, once it held.
    """

    client_class = EncodedClient

    def __init__(self, request: HttpRequest, row: IdentityProvider) -> None:
        super().__init__(request, str(row.pk))
        self.row, self.nonce = row, ""
        self.claims: dict[str, Any] = {}

    @property
    def metadata(self) -> Metadata:
        """Fetched once a flow. Raises ProviderUnusable."""
        if not hasattr(self, "_metadata"):
            self._metadata = outside.metadata_of(self.row)
        return self._metadata

    @property
    def openid_config(self) -> dict[str, Any]:
        """With the issuer checked."""
        return self.metadata.document

    @property
    def basic_auth(self) -> bool:
        """How the secret goes."""
        return bool(self.row.secret_sealed) and self.metadata.token_auth_method == "client_secret_basic"

    def get_provider(self) -> OpenIDConnectProvider:
        """django-allauth's view of the row; nothing of it is stored there."""
        app = SocialApp(
            provider="openid_connect", provider_id=str(self.row.pk), name=self.row.name,
            client_id=self.row.client_id, secret=self._secret(),
            settings={"server_url": self.row.issuer, "oauth_pkce_enabled": True, "scope": list(SCOPES)},
        )  # fmt: skip
        provider = OpenIDConnectProvider(self.request, app=app)
        provider.get_oauth2_adapter = lambda request: self
        return provider

    def _secret(self) -> str:
        try:
            return self.row.secret()
        except UnsealError as error:
            raise ProviderUnusable("Its client secret cannot be opened here: enter it again.") from error

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """From the configured address, never from the `Host` of a request."""
        return self.row.redirect_uri

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **given: Any) -> Any:
        """The ID token verified, signature and nonce and all; then out of django-allauth's hands.

        Raises:
            Answered: with the claims.
            OAuth2Error, ProviderUnusable: it does not hold.
        """
        text = given["response"].get("id_token")
        if not isinstance(text, str):
            raise OAuth2Error("no ID token in the answer")
        expected = Expected(self.row.issuer, self.row.client_id, self.nonce)
        try:
            self.claims = verified_id_token(text, outside.keys_of(self.metadata), expected, time.time())
        except TokenRefused as error:
            raise OAuth2Error(f"ID token: {error.reason}") from error
        raise Answered


class Answered(ImmediateHttpResponse):
    """The provider answered well: carries control out of django-allauth's view."""

    def __init__(self) -> None:
        super().__init__(HttpResponse(status=204))


def address(request: HttpRequest, row: IdentityProvider, asked: dict[str, Any], **parameters: str) -> str:
    """Where the browser goes; state, nonce and PKCE verifier stay in its session here.

    Args:
        asked: what is to be done with the answer.
        parameters: of the request there, such as `prompt`.

    Raises:
        ProviderUnusable.
    """
    flow = Flow(request, row)
    if parameters.get("prompt") not in (None, "login", *flow.metadata.document.get("prompt_values_supported", ())):
        del parameters["prompt"]  # a wish only, and an error where the provider does not know it
    nonce = secrets.token_urlsafe(24)
    answer = flow.get_provider().redirect(
        request, process="login", auth_params={"nonce": nonce, **parameters}, **{STATE: {"nonce": nonce, **asked}}
    )
    return str(answer["Location"])


def answered(request: HttpRequest, row: IdentityProvider) -> tuple[dict[str, Any], dict[str, Any]]:
    """The claims of who came back, and what was asked for when he went. Raises SignOnFailed, ProviderUnusable."""
    flow, view = Flow(request, row), _Callback()
    view.request, view.adapter = request, flow
    try:
        view.dispatch(request)
    except (KeyError, ValueError, TypeError, AttributeError, RequestException) as error:  # an answer of another shape
        raise SignOnFailed(type(error).__name__) from error
    except Answered:
        return flow.claims, view.asked
    raise SignOnFailed("no_claims")


class _Callback(OAuth2CallbackView):
    asked: dict[str, Any]

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        if request.GET.get("iss", self.adapter.row.issuer) != self.adapter.row.issuer:
            raise SignOnFailed("another_issuer")  # RFC 9207: the answer of one provider given to another's callback
        state, _ = super()._get_state(request, provider)
        if state is None or not isinstance(state.get(STATE), dict):
            raise SignOnFailed("state")
        if "error" in request.GET or "code" not in request.GET:
            raise SignOnFailed(f"refused: {request.GET.get('error', '')[:60]}")
        self.asked = state[STATE]
        self.adapter.nonce = self.asked["nonce"]
        return state, None


def _reason(error: Any, exception: Any) -> str:
    """Short, and without what the provider said, which may quote a code or a token."""
    if isinstance(exception, OAuth2Error):
        said = str(exception)
        return said if said.startswith(("ID token: ", "no ID token")) else "code_refused"
    return type(exception).__name__ if exception is not None else str(error or "state")


__all__ = ["Flow", "ProviderUnusable", "SignOnAdapter", "SignOnFailed", "address", "answered"]
