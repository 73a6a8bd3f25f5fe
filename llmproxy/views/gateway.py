"""The base of every data-plane endpoint: a DRF viewset with an async dispatch of its own.

DRF's policy classes (authentication, permission, throttle) are consulted in DRF's order, inline on the event loop: no
content negotiation, no signal receivers, no thread hop, no database query (DESIGN 1.4, 1.5).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import update_wrapper
from typing import Any, ClassVar, NoReturn

import orjson
from django.utils.functional import cached_property
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle
from rest_framework.viewsets import ViewSet

from accounts.authentication import GatewayAuthentication
from accounts.errors import GatehouseError, NotAuthenticated, TooManyMisses
from llmproxy.apps import LlmproxyConfig
from llmproxy.dialects import OPENAI, Dialect
from llmproxy.errors import InvalidJson, MethodNotAllowed, NotReady, UnsupportedMediaType
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable
from llmproxy.permissions import AddressAllowed, ScopeGranted
from llmproxy.pipeline import records
from llmproxy.pipeline.runtime import Runtime
from llmproxy.throttling import ParallelCalls
from llmproxy.wires.aside import set_aside

LONGEST_WAIT_SECONDS = 2.0
WAIT_STEP_SECONDS = 0.05
MEGABYTE = 1024 * 1024


class GatewayViewSet(ViewSet):
    """One endpoint. Subclasses give async actions that return a Deliverable.

    Attributes:
        required_scope: the scope that the credential must hold.
        body_limit: the most bytes of a request body.
        dialect: how refusals look.
    """

    authentication_classes: Sequence[type[BaseAuthentication]] = (GatewayAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = (AddressAllowed, ScopeGranted)
    throttle_classes: Sequence[type[BaseThrottle]] = (ParallelCalls,)
    required_scope: ClassVar[str] = "models:invoke"
    body_limit: ClassVar[int] = 20 * MEGABYTE
    dialect: ClassVar[Dialect] = OPENAI
    _authenticators: ClassVar[list[BaseAuthentication]]
    _permissions: ClassVar[list[BasePermission]]
    _throttles: ClassVar[list[BaseThrottle]]

    @classmethod
    def as_view(cls, actions: Any = None, **initkwargs: Any) -> Any:
        """DRF's, with the policy objects made once: they hold no state, and making them for each call costs."""
        cls._authenticators = [policy() for policy in cls.authentication_classes]
        cls._permissions = [policy() for policy in cls.permission_classes]
        cls._throttles = [policy() for policy in cls.throttle_classes]
        return cls._lean_view(super().as_view(actions, **initkwargs))

    @classmethod
    def _lean_view(cls, of_drf: Any) -> Any:
        """As DRF's, which hangs an object's own methods on it: a cycle that the garbage collector has to find."""
        actions, initkwargs = {**of_drf.actions}, of_drf.initkwargs
        if "get" in actions:
            actions.setdefault("head", actions["get"])

        def view(request: Any, *args: Any, **kwargs: Any) -> Awaitable[Any]:
            self = cls(**initkwargs)
            self.action_map = actions
            return self.dispatch(request, *args, **kwargs)

        return update_wrapper(view, of_drf)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Those of `authentication_classes`."""
        return self._authenticators

    def get_permissions(self) -> list[BasePermission]:
        """Those of `permission_classes`."""
        return self._permissions

    def get_throttles(self) -> list[BaseThrottle]:
        """Those of `throttle_classes`."""
        return self._throttles

    @cached_property
    def runtime(self) -> Runtime:
        """The process's shared parts."""
        return LlmproxyConfig.current().runtime

    # DRF's stubs know its own, synchronous dispatch only.
    async def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Headers, readiness, authentication, permissions, throttles, then the action; refusals in the dialect."""
        self.request, self.args, self.kwargs = request, args, kwargs
        try:
            request.take_headers()
            request.client_ip = self.runtime.proxies.client(request.client_ip, request.headers.get("x-forwarded-for"))
            await self.wait_until_fresh()
            self.perform_authentication(request)
            if (proof := request.user.proof) is not None:
                await self.runtime.proofs.take(proof)
            self.initial(request, *args, **kwargs)
            answer = await self.answered(request, *args, **kwargs)
        except GatehouseError as error:
            return self.refused(request, error)
        return answer

    async def answered(self, request: GatewayRequest, *args: Any, **kwargs: Any) -> Deliverable:
        """What the action for the request's method answers. Raises GatehouseError."""
        return await self.handler(request)(request, *args, **kwargs)

    def handler(self, request: GatewayRequest) -> Callable[..., Awaitable[Deliverable]]:
        """The action for the request's method. Raises MethodNotAllowed."""
        action = self.action_map.get(request.method.lower())
        if action is None:
            error = MethodNotAllowed()
            error.headers = {**error.headers, "Allow": ", ".join(sorted(name.upper() for name in self.action_map))}
            raise error
        method: Callable[..., Awaitable[Deliverable]] = getattr(self, action)
        return method

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """What DRF checks after authentication, in DRF's order."""
        self.check_permissions(request)
        self.check_throttles(request)

    def perform_authentication(self, request: Any) -> None:
        """Ask each authentication class; the first that knows the credential decides.

        Raises:
            NotAuthenticated: none of them found a credential.
        """
        for authenticator in self.get_authenticators():
            if (found := authenticator.authenticate(request)) is not None:
                request.user, request.auth = found
                return
        raise NotAuthenticated

    async def wait_until_fresh(self) -> None:
        """Never decide on stale configuration (SECURITY 5.6): wait a moment for the watcher, then refuse.

        Raises:
            NotReady: the watcher has not reached the database for too long.
        """
        runtime = self.runtime
        if runtime.watcher.age() <= runtime.stale_seconds:
            return
        for _ in range(int(LONGEST_WAIT_SECONDS / WAIT_STEP_SECONDS)):
            await asyncio.sleep(WAIT_STEP_SECONDS)
            if runtime.watcher.age() <= runtime.stale_seconds:
                return
        raise NotReady

    async def json_body(self, request: GatewayRequest) -> tuple[bytes, dict[str, Any]]:
        """The body as it came and as an object, in which digests stand for long base64 texts (`request.aside`).

        Raises:
            UnsupportedMediaType: a content-type other than JSON.
            InvalidJson: it is not a JSON object.
            BodyTooLarge, BodyTooSlow, ClientGone: see GatewayRequest.body.
        """
        media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise UnsupportedMediaType
        raw = await request.body(self.body_limit)
        try:
            skeleton, request.aside = set_aside(raw)
            parsed = orjson.loads(skeleton)
        except orjson.JSONDecodeError as error:
            raise InvalidJson(f"The body is not valid JSON: {error.msg} at character {error.pos}.") from error
        if not isinstance(parsed, dict):
            raise InvalidJson("The body must be a JSON object.")
        return raw, parsed

    @classmethod
    def dialect_for(cls, headers: Mapping[str, str]) -> Dialect:
        """How a refusal of this request looks; shared paths ask the headers."""
        return cls.dialect

    def refused(self, request: GatewayRequest, error: GatehouseError) -> Deliverable:
        """Render a refusal, and put it on record unless the call had begun (then its terminal record says it)."""
        if not request.begun:
            if not isinstance(error, TooManyMisses):  # those are put on record together (accounts.noticed)
                records.rejected(request, error)
            self.runtime.metrics.rejected(error.code)
        return self.dialect_for(request.headers).render(error, request.request_id)

    def permission_denied(self, request: object, message: str | None = None, code: str | None = None) -> NoReturn:
        """Our permission classes raise their own refusals; DRF's own must not slip into an HTML page."""
        raise APIException(message, code)
