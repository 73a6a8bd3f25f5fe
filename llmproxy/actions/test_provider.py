"""Send one small call to a provider and tell what happened, secrets masked."""

import time
from dataclasses import dataclass, field

import orjson

from accounts.crypto import UnsealError
from audit.context import Target
from audit.log import record
from llmproxy.actions import calling_provider
from llmproxy.adapters.auth import BadSecret
from llmproxy.adapters.probe import PROBES
from llmproxy.catalog.loading import Access
from llmproxy.models import Provider
from llmproxy.models.credential import NoAccessToken
from llmproxy.transport.request import UpstreamRequest

MOST_SHOWN = 4000
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
        access = calling_provider.fresh_access(provider)
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


def _tried(provider: Provider, access: Access) -> Result:
    credential = access.credentials.pick()
    unsigned = _request(provider, access)
    started = time.monotonic()
    request, answer = calling_provider.call(provider, unsigned, credential)
    secrets = [] if credential is None else list(credential.auth.secrets)
    sent = [(name.decode(), MASK if (name, value) not in unsigned.headers else value.decode("latin-1"))
            for name, value in request.headers]  # fmt: skip
    return Result(
        _masked(request.url, secrets),
        sent,
        request.body.decode("utf-8"),
        answer.status,
        [(name, _masked(value, secrets)) for name, value in answer.headers],
        _masked(answer.body[:MOST_SHOWN], secrets),
        time.monotonic() - started,
        answer.problem,
    )


def _request(provider: Provider, access: Access) -> UpstreamRequest:
    deployment = provider.deployments.filter(enabled=True, kind="chat").first()
    headers = calling_provider.headers(provider, access)
    make = PROBES.get(provider.wire)
    if deployment is None or make is None:
        url = access.adapter.discovery_url(provider.discovery_path or "models")
        return UpstreamRequest("GET", url, headers, b"", access.timeouts)
    probe = make(deployment.upstream_model)
    url = access.adapter.url(probe.endpoint, deployment.upstream_model)
    return UpstreamRequest("POST", url, headers, orjson.dumps(probe.body), access.timeouts)


def _masked(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
        if len(secret) >= 16:  # providers quote the beginning and the end of a key that they did not like
            text = text.replace(secret[:8], MASK).replace(secret[-4:], MASK)
    return text
