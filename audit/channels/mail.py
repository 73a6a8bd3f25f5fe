"""A checkpoint by mail: to somebody who keeps it where no operator reaches."""

from smtplib import SMTPException

from django.core.mail import EmailMessage

from audit.channels.delivery import Delivery, NotDelivered
from audit.models import Destination

TEXT = """\
This is the signed state of the audit log. Keep it: with it, and the log's public key, anybody can show later that
nothing before it was changed. Compare with `gatehouse-audit verify <bundle> --anchor <this attachment>`.

{note}"""


def send(destination: Destination, delivery: Delivery) -> str:
    """Handed to the mail server. Raises NotDelivered."""
    message = EmailMessage("Audit log checkpoint", TEXT.format(note=delivery.note), to=[destination.address])
    message.attach(f"{delivery.name}.checkpoint", delivery.note, "text/plain")
    try:
        message.send()
    except (OSError, SMTPException, ValueError) as error:
        raise NotDelivered(f"the mail server did not take it: {type(error).__name__}") from error
    return destination.address
