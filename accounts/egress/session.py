"""The one way in which control-plane code calls out: provider tests, model discovery, key sets, webhooks."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

from requests import PreparedRequest, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL

from accounts.egress.capped import CappedBody
from accounts.egress.errors import EgressRefused
from accounts.egress.policy import EgressPolicy
from accounts.egress.sockets import pool_classes
from accounts.egress.urls import DEFAULT_PORTS

TIMEOUTS: Final = (5.0, 30.0)  # connect, read; seconds
TOTAL_SECONDS: Final = 60.0
ANSWER_LIMIT: Final = 5 * 1024 * 1024


class TargetRefused(EgressRefused, RequestException):
    """EgressRefused for those who catch what requests raises."""


class GuardedAdapter(HTTPAdapter):
    """Checks the target before, and each address at, the connect; never without a timeout, never through a proxy."""

    def __init__(self, policy: EgressPolicy, answer_limit: int) -> None:
        self._policy = policy
        self._answer_limit = answer_limit
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._policy)

    def send(
        self, request: PreparedRequest, stream: bool = False, timeout: Any = None, verify: bool | str = True,
        cert: Any = None, proxies: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """Raises requests exceptions, TargetRefused among them. `verify=False` and proxies are refused (ValueError)."""
        if verify is False or proxies:
            raise ValueError("The guarded session verifies certificates and uses no proxy.")
        try:
            self._check(request.url or "")
            response = super().send(request, stream=stream, timeout=timeout or TIMEOUTS, verify=verify, cert=cert)
        except EgressRefused as error:
            raise TargetRefused from error
        response.raw = CappedBody(response.raw, self._answer_limit, TOTAL_SECONDS)
        return response

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        except (ValueError, KeyError) as error:
            raise InvalidURL("The URL is not valid.") from error
        if not host or "@" in parts.netloc:
            raise EgressRefused
        self._policy.check_target(parts.scheme, host, port)


class GuardedSession(Session):
    """Follows no redirect (the next hop would be the upstream's choice), keeps no cookies, reads no environment."""

    def __init__(self, policy: EgressPolicy, answer_limit: int) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"User-Agent": "Gatehouse", "Accept-Encoding": "identity"})
        adapter = GuardedAdapter(policy, answer_limit)
        self.adapters.clear()
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: Response) -> None:
        return None


def guarded_session(policy: EgressPolicy, *, answer_limit: int = ANSWER_LIMIT) -> Session:
    """A new session; use it as a context manager. `answer_limit` in bytes."""
    return GuardedSession(policy, answer_limit)
