"""Syslog over TLS (RFC 5425), TCP with octet counting (RFC 6587) or UDP (RFC 5426)."""

import ssl
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from audit.channels.delivery import Delivery, NotDelivered
from audit.formats.syslog import as_syslog
from audit.models import Destination
from audit.outside import outside

PORTS = {"tls": 6514, "tcp": 601, "udp": 514}


def send(destination: Destination, delivery: Delivery) -> str:
    """Sent; syslog has no acknowledgement, so the network may still lose it. Raises NotDelivered."""
    parts = urlsplit(destination.address)
    if parts.scheme not in PORTS or not parts.hostname:
        raise NotDelivered("write tls://host:6514, tcp://host:601 or udp://host:514")
    try:
        _send(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], _messages(delivery))
    except (OSError, ValueError) as error:
        raise NotDelivered(f"it cannot be reached: {type(error).__name__}") from error
    return destination.address


def _send(scheme: str, host: str, port: int, messages: list[bytes]) -> None:
    connection = outside().connected(host, port, "https" if scheme == "tls" else "http", datagrams=scheme == "udp")
    with connection:
        if scheme == "udp":
            for message in messages:
                connection.send(message)
            return
        framed = b"".join(b"%d " % len(message) + message for message in messages)
        if scheme == "tls":
            with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secured:
                secured.sendall(framed)
        else:
            connection.sendall(framed)


def _messages(delivery: Delivery) -> list[bytes]:
    if not delivery.note:
        return [as_syslog(event) for event in delivery.events]
    note = delivery.note.replace("\n", "\\n")
    return [f"<109>1 {timezone.now():%Y-%m-%dT%H:%M:%S.%fZ} {settings.AUDIT_NODE} gatehouse - checkpoint - "
            .encode("ascii", "replace") + b"\xef\xbb\xbf" + note.encode()]  # fmt: skip
