"""Requests for any server that speaks OpenAI's wire."""

from collections.abc import Mapping

# Request headers that go on to the provider; nothing else of the client's does (SECURITY 4.4).
FORWARDED = ("openai-beta", "idempotency-key", "traceparent", "tracestate")
JSON = b"application/json"

Header = tuple[bytes, bytes]


def headers(
    client: Mapping[str, str],
    extra: tuple[Header, ...],
    accept: str,
    forwarded: tuple[str, ...] = FORWARDED,
    content_type: bytes = JSON,
) -> tuple[Header, ...]:
    """What is sent besides the credential: our own, the row's extras, and the `forwarded` few of the client's.

    Of two of the same name the later one goes: the client's before the row's, the row's before ours.
    """
    sent = {b"content-type": content_type, b"user-agent": b"gatehouse", b"accept": accept.encode("ascii")}
    sent.update(extra)
    for name in forwarded:
        if value := client.get(name):
            sent[name.encode("ascii")] = value.encode("latin-1")
    return tuple(sent.items())
