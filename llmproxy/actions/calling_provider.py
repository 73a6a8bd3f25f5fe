"""One small call to a provider from the control plane, with its stored key: for the test and for the list of models."""

import asyncio
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone
from requests import RequestException

from accounts.egress import EgressPolicy
from accounts.egress.session import guarded_session
from llmproxy.actions import renew_access_tokens
from llmproxy.adapters import openai_compatible
from llmproxy.adapters.openai_compatible import Header
from llmproxy.catalog import Credential
from llmproxy.catalog.loading import Access, access_to
from llmproxy.models import Provider
from llmproxy.pipeline.client_wire import ANTHROPIC_MESSAGES, GEMINI, OPENAI_CHAT, OPENAI_RESPONSES
from llmproxy.pipeline.signing import signed
from llmproxy.simulator import answer as simulated
from llmproxy.transport.errors import TransportError
from llmproxy.transport.request import UpstreamRequest

# What a wire wants in every call where nobody says it.
DEFAULTS = {wire.name: wire.defaults for wire in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES, GEMINI)}
READ_SECONDS = 30
LARGEST_ANSWER = 5 * 1024 * 1024


@dataclass
class Answer:
    """What came back. `status` is None where nothing did, and `problem` says why."""

    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    problem: str = ""


def fresh_access(provider: Provider) -> Access:
    """How the provider is called, with a fresh access token where one is needed.

    Raises:
        UnsealError, BadSecret, NoAccessToken, ValueError: no key of it can be used.
    """
    keys = list(provider.credentials.filter(enabled=True).select_related("provider"))
    now = timezone.now()
    for key in keys:
        if key.renewal_is_due(now):
            renew_access_tokens.renew(key, now)
    return access_to(provider, keys, [])


def headers(provider: Provider, access: Access) -> tuple[Header, ...]:
    """What is sent besides the credential."""
    defaults = DEFAULTS.get(provider.wire, ())
    return openai_compatible.headers({}, (*defaults, *access.extra_headers), "application/json")


def call(
    provider: Provider, unsigned: UpstreamRequest, credential: Credential | None
) -> tuple[UpstreamRequest, Answer]:
    """What was sent, and what came back."""
    request = unsigned if credential is None else signed(unsigned, credential.auth)
    return request, asyncio.run(_simulate(request)) if provider.is_simulated else _send(request)


def _send(request: UpstreamRequest) -> Answer:
    headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
    timeouts = (request.timeouts.connect, min(request.timeouts.first_byte, READ_SECONDS))
    with guarded_session(EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW), answer_limit=LARGEST_ANSWER) as session:
        try:
            answer = session.request(
                request.method, request.url, headers=headers, data=request.body or None, timeout=timeouts
            )
            return Answer(answer.status_code, list(answer.headers.items()), answer.text)
        except RequestException as error:
            return Answer(problem=f"{type(error).__name__}.")


async def _simulate(request: UpstreamRequest) -> Answer:
    try:
        answer = await simulated(request)
        headers = [(name.decode(), value.decode("latin-1")) for name, value in answer.headers]
        return Answer(answer.status, headers, (await answer.read(1024 * 1024)).decode("utf-8", "replace"))
    except TransportError as error:
        return Answer(problem=f"{type(error).__name__}.")
