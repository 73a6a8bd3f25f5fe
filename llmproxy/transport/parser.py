"""Bytes of one answer into status, headers and body. Pure: no sockets, no clock."""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from llmproxy.transport.errors import BadUpstreamAnswer

HEAD_LIMIT: Final = 64 * 1024
BODILESS: Final = frozenset({204, 304})
VERSIONS: Final = frozenset({"1.0", "1.1"})


class AnswerParser:
    """Feed it what arrives; it raises BadUpstreamAnswer. llhttp runs in its strict mode; the rest is checked here.

    `overhead` counts bytes since the last body byte: heads, interim answers, chunk extensions and trailers are bounded.
    """

    __slots__ = (
        "_chunks", "_head_only", "_interim", "_length", "_overhead", "_parser", "_until_close",
        "_unacceptable", "buffered", "complete", "head_complete", "headers", "keep_alive", "status",
    )  # fmt: skip

    def __init__(self, *, head_only: bool = False) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.head_complete = False
        self.complete = False
        self.keep_alive = False
        self.buffered = 0
        self._chunks: list[bytes] = []
        self._head_only = head_only
        self._interim = False
        self._until_close = False
        self._unacceptable = False
        self._length = 0
        self._overhead = 0
        # Parser and callbacks refer to each other: stop() cuts the cycle, so that no garbage collection is needed.
        self._parser: HttpResponseParser | None = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises BadUpstreamAnswer; what was complete before surplus bytes stays complete, without keep-alive."""
        if self._parser is None:
            raise BadUpstreamAnswer
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.keep_alive = False
            if not self.complete:
                raise BadUpstreamAnswer from error
        if self._unacceptable or (self._overhead > HEAD_LIMIT and not self.complete):
            self.complete = self.keep_alive = False
            raise BadUpstreamAnswer
        if self.complete:
            self.stop()

    def stop(self) -> None:
        """No more bytes will be accepted."""
        self._parser = None

    def feed_eof(self) -> None:
        """The upstream closed: that ends an answer without a length, and breaks any other."""
        self.keep_alive = False
        if not self._until_close and not self.complete:
            raise BadUpstreamAnswer
        self.complete = True
        self.stop()

    def take(self) -> bytes:
        """All body bytes that wait, b"" if none."""
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self.buffered = 0
        return data

    # Called by llhttp. An exception raised in here would reach us wrapped, so findings are noted, not raised.

    def on_message_begin(self) -> None:
        if self.complete:
            self.keep_alive = False  # an answer that nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        self._length += len(name) + len(value) + 4  # as on the wire: colon, space, CR, LF
        if self.head_complete:
            self._unacceptable |= self._length > HEAD_LIMIT
            return  # a trailer: counted, and dropped
        self.headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        if self.complete or self._parser is None:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self._interim = True
            self._unacceptable |= self.status == 101
            self.headers.clear()
            return
        self.head_complete = True
        self.keep_alive = self._parser.should_keep_alive() and not self._head_only
        self._unacceptable |= self._parser.get_http_version() not in VERSIONS
        self._judge_head()
        self.complete = self._head_only

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self._chunks.append(data)
            self.buffered += len(data)
            self._overhead = 0

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        else:
            self.complete = True

    def _judge_head(self) -> None:
        framings = 0
        for name, value in self.headers:
            if name == b"content-length":
                framings += 1
            elif name == b"transfer-encoding":
                framings += 1
                self._unacceptable |= value.lower() != b"chunked"
            elif name == b"content-encoding":
                # We asked for identity: a compressed body could unpack to any size.
                self._unacceptable |= value.lower() not in (b"", b"identity")
        self._unacceptable |= framings > 1 or self._length > HEAD_LIMIT
        self._until_close = framings == 0 and self.status not in BODILESS
