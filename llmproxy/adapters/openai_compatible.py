"""Requests for any server that speaks OpenAI's wire."""

from collections.abc import Mapping

# Request headers that go on to the provider; nothing else of the client's does (SECURITY 4.4).
FORWARDED = ("openai-beta", "idempotency-key", "traceparent", "tracestate")
OWN = ((b"content-type", b"application/json"), (b"user-agent", b"gatehouse"))

Header = tuple[bytes, bytes]


def headers(client: Mapping[str, str], extra: tuple[Header, ...], accept: str) -> tuple[Header, ...]:
    """What is sent besides the credential: our own, the row's extras, and the allowed few of the client's."""
    forwarded = tuple(
        (name.encode("ascii"), value.encode("latin-1")) for name in FORWARDED if (value := client.get(name))
    )
    return (*OWN, (b"accept", accept.encode("ascii")), *extra, *forwarded)
