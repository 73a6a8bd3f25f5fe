"""AWS Signature Version 4, computed by botocore.

Rule: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import re

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from llmproxy.adapters.auth.scheme import Auth, BadSecret, Header, Placement

SECRET = re.compile(r"(?P<id>[A-Z0-9]{16,128}):(?P<key>[A-Za-z0-9/+=]{16,128})(:(?P<session>[A-Za-z0-9/+=]+))?")
REGION_IN_HOST = re.compile(r"\.(?P<region>[a-z]{2}(-[a-z]+)+-\d)\.amazonaws\.com")
COVERED = frozenset({b"content-type"})
SIGNED = frozenset({"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"})


class AwsSigV4(Auth):
    """Entered as ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN behind it for temporary keys."""

    def __init__(self, secret: str, placement: Placement) -> None:
        parts = _parts(secret)
        self.secrets = tuple(value for value in (parts["key"], parts["session"]) if value)
        credentials = ReadOnlyCredentials(parts["id"], parts["key"], parts["session"])
        service = str(placement.options.get("service") or "bedrock")
        self._signer = SigV4Auth(credentials, service, _region(placement))

    @classmethod
    def normalised(cls, secret: str) -> str:
        secret = super().normalised(secret)
        _parts(secret)
        return secret

    @classmethod
    def shown(cls, secret: str) -> str:
        return _parts(secret)["id"][-4:]

    def headers(self, method: str, url: str, headers: tuple[Header, ...], body: bytes) -> tuple[Header, ...]:
        """The signature over method, URL, body and the content type."""
        covered = {name.decode(): value.decode("latin-1") for name, value in headers if name in COVERED}
        request = AWSRequest(method=method, url=url, data=body, headers=covered)
        self._signer.add_auth(request)
        signed = ((name.lower(), value) for name, value in request.headers.items())
        return tuple((name.encode(), value.encode()) for name, value in signed if name in SIGNED)


def _parts(secret: str) -> dict[str, str]:
    found = SECRET.fullmatch(secret)
    if found is None:
        raise BadSecret("Enter ACCESS_KEY_ID:SECRET_ACCESS_KEY, and :SESSION_TOKEN behind it for a temporary key.")
    return found.groupdict()


def _region(placement: Placement) -> str:
    if region := placement.options.get("region"):
        return str(region)
    if found := REGION_IN_HOST.search(placement.host):
        return found["region"]
    raise BadSecret('Name the region in the provider\'s options, such as {"region": "eu-central-1"}.')
