"""What is known of one call while it runs."""

import time
from dataclasses import dataclass, field

from accounts.principal import Principal
from llmproxy.catalog import Credential, Deployment, Route
from llmproxy.gateway.request import GatewayRequest
from llmproxy.pipeline.client_wire import ClientWire
from llmproxy.wires.openai_chat import Prepared
from llmproxy.wires.usage import Usage


@dataclass(slots=True, eq=False)
class Call:
    """One call of one principal to one route.

    Attributes:
        endpoint: our name of it in records and metrics, such as `chat/completions`.
        speaks: the client's wire.
        path: below the provider's base URL; `query` comes behind it.
        started, first_byte: seconds on the monotonic clock.
        credential: the provider's key that this call was given; None where the provider has none.
        content_type: of the body that is sent; `answer_type`: of the one that came back.
        units: what is priced by something else than tokens, such as characters, images, milliseconds of sound.
        usage: what the provider reported; None until it did.
    """

    request: GatewayRequest
    principal: Principal
    endpoint: str
    model: str
    route: Route
    deployment: Deployment
    stream: bool
    prepared: Prepared
    speaks: ClientWire
    path: str
    query: str = ""
    started: float = field(default_factory=time.perf_counter)
    first_byte: float | None = None
    usage: Usage | None = None
    upstream_status: int | None = None
    content_type: bytes = b"application/json"
    answer_type: str = ""
    units: dict[str, int] = field(default_factory=dict)
    credential: Credential | None = field(init=False)

    def __post_init__(self) -> None:
        self.credential = self.deployment.credentials.pick()

    @property
    def duration_us(self) -> int:
        """Microseconds since the call was admitted."""
        return int((time.perf_counter() - self.started) * 1e6)

    @property
    def ttft_us(self) -> int | None:
        """Microseconds to the provider's first byte; None before it."""
        return None if self.first_byte is None else int((self.first_byte - self.started) * 1e6)

    def note_first_byte(self) -> None:
        """The provider began to answer."""
        if self.first_byte is None:
            self.first_byte = time.perf_counter()
