"""What is known of one call while it runs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.principal import Principal
from audit.tree.policy_rules import Decision
from llmproxy.catalog import Credential, Deployment, Route
from llmproxy.gateway.request import GatewayRequest
from llmproxy.metering.bounds import Bounds
from llmproxy.metering.scope import Facts
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.client_wire import ClientWire
from llmproxy.pipeline.exchange import Exchange
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.usage import Usage

if TYPE_CHECKING:
    from llmproxy.pipeline.admission import Admission
    from llmproxy.pipeline.caching import CacheUse
    from llmproxy.pipeline.content import Keeping
    from llmproxy.pipeline.copies import Copy
    from llmproxy.pipeline.walk import Walk

NOBODY = Facts("", "", "", "", "", "", "")
UNMETERED = Bounds(0, 0)


@dataclass(slots=True, eq=False)
class Call:
    """One call of one principal to one route: one `started` record, one terminal record, one or more attempts.

    Attributes:
        endpoint: our name of it in records and metrics, such as `chat/completions`.
        speaks: the client's wire.
        raw, body: what the client sent, as bytes and parsed.
        exchange_with: how this call is sent to a deployment; raises WireNotSpoken where it cannot be.
        started: seconds on the monotonic clock.
        content_type: of the body that is sent; `answer_type`: of the one that came back.
        units: what is priced by something else than tokens, such as characters, images, milliseconds of sound.
        usage: what the provider reported; None until it did.
        attempts: all that were begun, in order; the last one is the current.
        admitted: those that let it in and have to hear of its end.
        cache: what the response cache does for it; None where no rule concerns it.
        facts: what limits and budgets ask of it; `bounds`: how large it may become, where one of them asks.
        notes: what the end of it puts on record besides.
        is_charged: a budget counts it, so that it is put on record whatever the audit policy leaves out.
        events, answer_bytes: how much came back, of a stream and of a whole answer.
        settled: its terminal record is written.
        kept: the bytes that went to the client, where they are to be kept.
        audit: how much of the call is kept.
        began: the id of the record of its beginning, which the record of its end names.
        caller: the columns of its records that say who asks.
        walk: its plan, and where it goes after a failure.
        hedges: copies that raced with it, to be settled with it.
    """

    request: GatewayRequest
    principal: Principal
    endpoint: str
    model: str
    route: Route
    stream: bool
    speaks: ClientWire
    raw: bytes
    body: Mapping[str, Any]
    exchange_with: "Callable[[Call, Deployment], Exchange]"
    started: float = field(default_factory=time.perf_counter)
    usage: Usage | None = None
    content_type: bytes = b"application/json"
    answer_type: str = ""
    units: dict[str, int] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    admitted: "list[Admission]" = field(default_factory=list)
    cache: "CacheUse | None" = None
    facts: Facts = NOBODY
    bounds: Bounds = UNMETERED
    notes: dict[str, Any] = field(default_factory=dict)
    is_charged: bool = False
    events: int = 0
    answer_bytes: int = 0
    settled: bool = False
    kept: "Keeping | None" = None
    audit: Decision = field(default_factory=Decision)
    began: str = ""
    caller: dict[str, Any] | None = None
    walk: "Walk | None" = None
    hedges: "list[Copy]" = field(default_factory=list)

    def attempt_at(self, deployment: Deployment, credential: Credential | None, why: str = "") -> Attempt:
        """Begin an attempt at `deployment`: it is the current one from now on. Raises what `exchange_with` raises."""
        attempt = Attempt(deployment, credential, self.exchange_with(self, deployment), why)
        self.attempts.append(attempt)
        return attempt

    def forget(self) -> None:
        """It is over: what leads back to it goes, so that its body does not wait for the collector of cycles."""
        if self.walk is not None:
            self.walk.forget()
            self.walk = None
        for attempt in self.attempts:
            attempt.error = None

    @property
    def attempt(self) -> Attempt:
        """The current attempt."""
        return self.attempts[-1]

    @property
    def deployment(self) -> Deployment:
        """Where the current attempt goes."""
        return self.attempts[-1].deployment

    @property
    def credential(self) -> Credential | None:
        """The provider's key of the current attempt."""
        return self.attempts[-1].credential

    @property
    def prepared(self) -> Prepared:
        """The body of the current attempt."""
        return self.attempts[-1].exchange.prepared

    @property
    def upstream_status(self) -> int | None:
        """The provider's status in the current attempt."""
        return self.attempts[-1].upstream_status

    @property
    def duration_us(self) -> int:
        """Microseconds since the call was admitted."""
        return int((time.perf_counter() - self.started) * 1e6)

    @property
    def ttft_us(self) -> int | None:
        """Microseconds to the provider's first byte; None before it."""
        first_byte = self.attempts[-1].first_byte
        return None if first_byte is None else int((first_byte - self.started) * 1e6)
