"""Lay the newest checkpoint down outside the house (AUDIT I6): whoever rewrites the log cannot rewrite those."""

from django.conf import settings
from django.db import transaction

from audit import log
from audit.channels.delivery import Delivery, NotDelivered
from audit.channels.sending import send
from audit.models import Anchor, Destination, SignedCheckpoint


def lay_anchors() -> int:
    """At every destination whose time has come; how many were laid. What fails is tried again later."""
    newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
    laid = 0
    for destination in Destination.objects.due(Destination.Takes.CHECKPOINTS) if newest is not None else ():
        if newest is not None and newest.size != destination.position:
            laid += lay_anchor(destination, newest)
    return laid


def lay_anchor(destination: Destination, checkpoint: SignedCheckpoint) -> bool:
    """At one destination; whether it was laid. The result is in its row, and on record."""
    about = {"destination": destination.name, "kind": destination.kind, "size": checkpoint.size}
    try:
        receipt = send(destination, Delivery(f"checkpoint-{checkpoint.size}", checkpoint.note))
    except NotDelivered as error:
        if destination.failed(str(error)):
            log.record("integrity.anchor.failed", outcome="failure", attrs={**about, "problem": destination.problem})
        return False
    with transaction.atomic():
        Anchor.objects.create(destination=destination, size=checkpoint.size, note=checkpoint.note, receipt=receipt)
        destination.succeeded(checkpoint.size)
    log.record("integrity.anchored", attrs=about)
    return True
