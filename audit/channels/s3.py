"""An object in an S3 bucket; with object lock nobody deletes it before its time, the account's owner included."""

from base64 import b64encode
from datetime import timedelta
from hashlib import md5, sha256
from urllib.parse import parse_qs, quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.utils import timezone

from audit.channels import http
from audit.channels.delivery import Delivery, NotDelivered
from audit.models import Destination


def send(destination: Destination, delivery: Delivery) -> str:
    """Stored under a name that follows from what it is: sent again, it is the same object. Raises NotDelivered."""
    parts = urlsplit(destination.address)
    if parts.scheme not in ("https", "http") or not parts.hostname or len(parts.path.strip("/")) == 0:
        raise NotDelivered("write https://endpoint/bucket/prefix?region=…")
    ending = "checkpoint" if delivery.note else "jsonl"
    url = f"{parts.scheme}://{parts.netloc}{quote(parts.path.rstrip('/'))}/{delivery.name}.{ending}"
    region = parse_qs(parts.query).get("region", ["us-east-1"])[0]
    body = delivery.lines()
    request = AWSRequest("PUT", url, data=body, headers=_headers(destination, body))
    S3SigV4Auth(Credentials(destination.identity, destination.secret), "s3", region).add_auth(request)
    answer = http.send("PUT", url, body, dict(request.headers.items()))
    return " ".join(filter(None, (url, answer.headers.get("x-amz-version-id", ""))))


def _headers(destination: Destination, body: bytes) -> dict[str, str]:
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-MD5": b64encode(md5(body, usedforsecurity=False).digest()).decode(),  # S3 asks for it beside a lock
        "x-amz-checksum-sha256": b64encode(sha256(body).digest()).decode(),
    }
    if destination.lock_days:
        until = timezone.now() + timedelta(days=destination.lock_days)
        headers["x-amz-object-lock-mode"] = "COMPLIANCE"
        headers["x-amz-object-lock-retain-until-date"] = f"{until:%Y-%m-%dT%H:%M:%SZ}"
    return headers
