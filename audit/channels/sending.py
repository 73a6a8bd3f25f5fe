"""Which channel reaches which kind of destination."""

from collections.abc import Callable, Mapping

from audit.channels import file, mail, otlp, s3, syslog, timestamp, webhook
from audit.channels.delivery import Delivery, NotDelivered
from audit.channels.kafka import channel as kafka
from audit.models import Destination

CHANNELS: Mapping[str, Callable[[Destination, Delivery], str]] = {
    Destination.Kind.FILE: file.send,
    Destination.Kind.SYSLOG: syslog.send,
    Destination.Kind.WEBHOOK: webhook.send,
    Destination.Kind.MAIL: mail.send,
    Destination.Kind.S3: s3.send,
    Destination.Kind.TIMESTAMP: timestamp.send,
    Destination.Kind.OTLP: otlp.send,
    Destination.Kind.KAFKA: kafka.send,
}


def send(destination: Destination, delivery: Delivery) -> str:
    """A receipt. Raises NotDelivered."""
    try:
        return CHANNELS[destination.kind](destination, delivery)
    except ValueError as error:  # a secret that cannot be opened, a URL that is none
        raise NotDelivered(str(error)) from error
