"""Append to a file in the directory that the deployment set aside for it: best a mount of another machine."""

import os
import re
from pathlib import Path

from django.conf import settings

from audit.channels.delivery import Delivery, NotDelivered
from audit.models import Destination


def path_of(destination: Destination) -> Path:
    """Where it lies; a row can only name a file, never a place. Raises NotDelivered."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", destination.address):
        raise NotDelivered("a file's name is made of letters, digits, points and hyphens")
    return Path(settings.AUDIT_ANCHORS) / destination.address


def send(destination: Destination, delivery: Delivery) -> str:
    """On the disk when this returns; where. Raises NotDelivered."""
    path = path_of(destination)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        handle = os.open(path, flags, 0o600)
        try:
            data = delivery.lines()
            if os.write(handle, data) != len(data):
                raise NotDelivered("the disk took only a part of it")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise NotDelivered(f"{path.name}: {error.strerror}") from error
    return str(path)
