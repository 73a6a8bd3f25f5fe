"""AWS Signature Version 4 as a server checks it, written from the published steps and independent of botocore.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote

FORM = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def is_valid(method: str, target: str, headers: Mapping[str, str], body: bytes, secret: str, region: str) -> bool:
    """Whether a request as it arrived (header names in lower case) carries the signature of `secret`."""
    found = FORM.fullmatch(headers.get("authorization", ""))
    if found is None or found["region"] != region or found["service"] != "bedrock":
        return False
    signed = found["signed"].split(";")
    if not {"host", "x-amz-date"} <= set(signed) or not headers["x-amz-date"].startswith(found["day"]):
        return False
    scope = f"{found['day']}/{region}/bedrock/aws4_request"
    canonical = _canonical(method, target, headers, signed, body)
    to_sign = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], scope, _sha256(canonical.encode())))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), found["signature"])


def _canonical(method: str, target: str, headers: Mapping[str, str], signed: list[str], body: bytes) -> str:
    path, _, query = target.partition("?")
    # The path as sent is escaped once more, for every service but S3.
    lines = [method, quote(path, safe="/-_.~"), "&".join(sorted(query.split("&")) if query else [])]
    lines += [f"{name}:{' '.join(headers[name].split())}" for name in signed]
    return "\n".join([*lines, "", ";".join(signed), _sha256(body)])


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
