"""Bytes of one answer into status, headers and body. Pure: no sockets, no clock."""

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from llmproxy.transport.errors import BadUpstreamAnswer

HEAD_LIMIT: Final = 64 * 1024
BODILESS: Final = frozenset({204, 304})


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
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Raises BadUpstreamAnswer; what was complete before surplus bytes stays complete, without keep-alive."""
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.keep_alive = False
            if not self.complete:
                raise BadUpstreamAnswer from error
        if self._unacceptable or (self._overhead > HEAD_LIMIT and not self.complete):
            raise BadUpstreamAnswer

    def feed_eof(self) -> None:
        """The upstream closed: that ends an answer without a length, and breaks any other."""
        self.keep_alive = False
        if not self._until_close and not self.complete:
            raise BadUpstreamAnswer
        self.complete = True

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
        if self.head_complete:
            return  # a trailer
        self._length += len(name) + len(value)
        self.headers.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self._interim = True
            self._unacceptable |= self.status == 101
            self.headers.clear()
            return
        self.head_complete = True
        self.keep_alive = self._parser.should_keep_alive() and not self._head_only
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
        framed = self.status in BODILESS
        for name, value in self.headers:
            if name == b"content-length":
                framed = True
            elif name == b"transfer-encoding":
                framed = True
                self._unacceptable |= value.lower() != b"chunked"
            elif name == b"content-encoding":
                # We asked for identity: a compressed body could unpack to any size.
                self._unacceptable |= value.lower() not in (b"", b"identity")
        self._unacceptable |= self._length > HEAD_LIMIT
        self._until_close = not framed
