"""Send one small call to a provider and tell what happened, secrets masked."""

import asyncio
import time
from dataclasses import dataclass, field

import orjson
from django.conf import settings
from django.utils import timezone
from requests import RequestException

from accounts.crypto import UnsealError
from accounts.egress import EgressPolicy
from accounts.egress.session import guarded_session
from audit.context import Target
from audit.log import record
from llmproxy.actions import renew_access_tokens
from llmproxy.adapters import openai_compatible
from llmproxy.adapters.auth import BadSecret
from llmproxy.catalog.loading import Access, access_to
from llmproxy.models import Provider, ProviderCredential
from llmproxy.models.credential import NoAccessToken
from llmproxy.pipeline.signing import signed
from llmproxy.simulator import answer as simulated
from llmproxy.transport.errors import TransportError
from llmproxy.transport.request import UpstreamRequest

MOST_SHOWN = 4000
READ_SECONDS = 30
MASK = "••••"


@dataclass
class Result:
    """What the page shows. `status` is None where no answer came."""

    url: str
    sent_headers: list[tuple[str, str]]
    sent_body: str
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""
    seconds: float = 0.0
    problem: str = ""

    @property
    def works(self) -> bool:
        """Whether the provider gave a good answer."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def verdict(self) -> str:
        """What it means, and what to do next."""
        if self.works:
            return "It works: the provider accepted the call."
        if self.status is None:
            return f"No answer: {self.problem} Check the base URL, and GATEHOUSE_EGRESS_ALLOW for a private address."
        if self.status in (401, 403):
            return "The provider did not accept the key. Enter it again, or check what it may be used for."
        if self.status == 404:
            return "The provider does not know the address or the model. Check the base URL (does it end in /v1?)."
        if self.status == 429:
            return "The provider limits the calls of this key. The connection itself works."
        return f"The provider answered with status {self.status}. Its answer below says why."


def execute(provider: Provider) -> Result:
    """Ask the provider's first model for a word, or for its list of models where it has none here."""
    try:
        access = access_to(provider, _keys(provider), [])
    except (BadSecret, NoAccessToken) as error:
        result = Result(provider.base_url, [], "", problem=str(error))
    except (UnsealError, ValueError) as error:
        result = Result(provider.base_url, [], "", problem=f"The stored key cannot be opened ({type(error).__name__}).")
    else:
        result = _tried(provider, access)
    record(
        "admin.provider.tested",
        outcome="success" if result.works else "failure",
        target=Target("provider", str(provider.pk), provider.name),
        organisation_id=str(provider.organisation_id) if provider.organisation_id else None,
        http_status=result.status,
        provider=provider.slug,
    )
    return result


def _keys(provider: Provider) -> list[ProviderCredential]:
    """The keys in use, with a fresh access token where one is needed."""
    keys = list(provider.credentials.filter(enabled=True).select_related("provider"))
    now = timezone.now()
    for key in keys:
        if key.renewal_is_due(now):
            renew_access_tokens.renew(key, now)
    return keys


def _tried(provider: Provider, access: Access) -> Result:
    credential = access.credentials.pick()
    unsigned = _request(provider, access)
    request = unsigned if credential is None else signed(unsigned, credential.auth)
    secrets = [] if credential is None else list(credential.auth.secrets)
    sent = [(name.decode(), MASK if (name, value) not in unsigned.headers else value.decode("latin-1"))
            for name, value in request.headers]  # fmt: skip
    result = Result(_masked(request.url, secrets), sent, request.body.decode("utf-8"))
    started = time.monotonic()
    if provider.is_simulated:
        asyncio.run(_simulate(request, result))
    else:
        _send(request, result)
    result.seconds = time.monotonic() - started
    result.body = _masked(result.body[:MOST_SHOWN], secrets)
    result.headers = [(name, _masked(value, secrets)) for name, value in result.headers]
    return result


def _request(provider: Provider, access: Access) -> UpstreamRequest:
    deployment = provider.deployments.filter(enabled=True, kind="chat").first()
    headers = openai_compatible.headers({}, access.extra_headers, "application/json")
    if deployment is None:
        return UpstreamRequest(
            "GET", access.adapter.discovery_url(provider.discovery_path or "models"), headers, b"", access.timeouts
        )
    messages = [{"role": "user", "content": "Answer with the word: ready"}]
    body = orjson.dumps({"model": deployment.upstream_model, "messages": messages, "max_tokens": 16})
    url = access.adapter.url("chat/completions", deployment.upstream_model)
    return UpstreamRequest("POST", url, headers, body, access.timeouts)


def _send(request: UpstreamRequest, result: Result) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
    timeouts = (request.timeouts.connect, min(request.timeouts.first_byte, READ_SECONDS))
    with guarded_session(EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW)) as session:
        try:
            answer = session.request(
                request.method, request.url, headers=headers, data=request.body or None, timeout=timeouts
            )
            result.status, result.body = answer.status_code, answer.text
            result.headers = list(answer.headers.items())
        except RequestException as error:
            result.problem = f"{type(error).__name__}."


async def _simulate(request: UpstreamRequest, result: Result) -> None:
    try:
        answer = await simulated(request)
        result.status = answer.status
        result.headers = [(name.decode(), value.decode("latin-1")) for name, value in answer.headers]
        result.body = (await answer.read(1024 * 1024)).decode("utf-8", "replace")
    except TransportError as error:
        result.problem = f"{type(error).__name__}."


def _masked(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
        if len(secret) >= 16:  # providers quote the beginning and the end of a key that they did not like
            text = text.replace(secret[:8], MASK).replace(secret[-4:], MASK)
    return text
