"""How a call to an upstream can fail. Messages are fixed text: an address in one would serve a port scanner."""

from typing import ClassVar


class TransportError(Exception):
    """`code` is for machines; `retryable` says that the upstream cannot have processed the request."""

    code: ClassVar[str] = "upstream_error"
    retryable: ClassVar[bool] = False
    message: ClassVar[str] = "The upstream call failed."

    def __init__(self) -> None:
        super().__init__(self.message)


class BadUpstreamRequest(TransportError, ValueError):
    """The request cannot be put on the wire as asked; nothing was sent. Permanent: a row or a caller is wrong."""

    code = "upstream_bad_request"

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)


class EgressDenied(TransportError):
    code = "upstream_egress_denied"
    message = "This deployment does not allow calls to the configured upstream."


class ConnectFailed(TransportError):
    code = "upstream_connect_failed"
    retryable = True
    message = "The upstream could not be reached."


class TlsFailed(ConnectFailed):
    """Certificate or protocol: trying again does not heal it."""

    code = "upstream_tls_failed"
    retryable = False
    message = "No secure connection to the upstream could be made."


class ConnectTimeout(TransportError):
    code = "upstream_connect_timeout"
    retryable = True
    message = "The upstream did not accept the connection in time."


class FirstByteTimeout(TransportError):
    code = "upstream_first_byte_timeout"
    message = "The upstream did not start its answer in time."


class ChunkTimeout(TransportError):
    code = "upstream_chunk_timeout"
    message = "The upstream fell silent in the middle of its answer."


class TotalTimeout(TransportError):
    code = "upstream_total_timeout"
    message = "The upstream did not finish its answer in time."


class BadUpstreamAnswer(TransportError):
    code = "upstream_bad_answer"
    message = "The upstream's answer was malformed or cut short."


class AnswerTooLarge(TransportError):
    code = "upstream_answer_too_large"
    message = "The upstream's answer was larger than allowed."


class StaleConnection(TransportError):
    """A kept connection turned out closed before a byte of the answer came. Never leaves the transport."""

    code = "upstream_stale_connection"
    retryable = True
    message = "A kept connection had been closed by the upstream."
