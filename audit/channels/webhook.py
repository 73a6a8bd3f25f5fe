"""A webhook that its receiver can check: Standard Webhooks, HMAC-SHA256 over id, time and body."""

import hmac
import json
import time
from base64 import b64decode, b64encode
from hashlib import sha256

from audit.channels import http
from audit.channels.delivery import Delivery, NotDelivered
from audit.formats.cloudevents import as_cloudevent
from audit.models import Destination

STANDARD = "whsec_"


def send(destination: Destination, delivery: Delivery) -> str:
    """A JSON body: the checkpoint, or a CloudEvents batch. Raises NotDelivered."""
    if not destination.secret:
        raise NotDelivered("a webhook needs a secret: its receiver could not know who calls")
    if delivery.note:
        kind, body = "application/json", json.dumps({"type": "checkpoint", "note": delivery.note}).encode()
    else:
        kind = "application/cloudevents-batch+json"
        body = json.dumps([as_cloudevent(event) for event in delivery.events], ensure_ascii=False).encode()
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": kind,
        "webhook-id": delivery.name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature(destination.secret, delivery.name, stamp, body),
    }
    answer = http.send("POST", destination.address, body, headers)
    return f"{answer.status_code}"


def signature(secret: str, name: str, stamp: str, body: bytes) -> str:
    """`v1,<base64>`: of the webhook-signature header."""
    digest = hmac.new(_key(secret), f"{name}.{stamp}.".encode() + body, sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    """A secret of the standard's own form is base64 behind its prefix; any other is the key as it is written.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
    """
    if secret.startswith(STANDARD):
        try:
            return b64decode(secret.removeprefix(STANDARD), validate=True)
        except ValueError:
            pass
    return secret.encode()
