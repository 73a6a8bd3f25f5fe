"""What is to be sent upstream."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `first_byte` runs until the head of the answer is complete, `total` from open() to the last byte."""

    connect: float = 5.0
    first_byte: float = 60.0
    between_chunks: float = 60.0
    total: float = 600.0


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """One request. Host, framing, `Connection` and `Accept-Encoding` belong to the transport, not to `headers`.

    Address, headers and body may hold secrets and stay out of the repr.
    """

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    timeouts: Timeouts = Timeouts()
    request_id: str = ""
