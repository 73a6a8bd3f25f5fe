"""The few calls that this package makes itself. No redirect is followed, so that no secret goes where it should not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from gatehouse.errors import GatehouseError, NotReachable, Refused

TIMEOUT_SECONDS = 30
LONGEST_ANSWER = 1024 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None: the answer stays what it is."""
        return


@dataclass(frozen=True)
class Reply:
    """An answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body's object. Raises NotReachable: whoever answered, it was no Gatehouse."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise NotReachable(f"The answer ({self.status}) is not one of a Gatehouse. Is the address right?")
        return found


def base_url(url: str, *, allow_http: bool = False) -> str:
    """The gateway's address in its one form: no slash and no /v1 at the end.

    Raises:
        GatehouseError: it is none, or secrets would travel unencrypted to another machine.
    """
    cleaned = url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    parts = urlsplit(cleaned)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise GatehouseError(f"{url!r} is not the address of a gateway, such as https://gateway.example.")
    if parts.scheme == "http" and not allow_http and parts.hostname not in LOOPBACK:
        raise GatehouseError(f"{cleaned} is not encrypted: use https (or allow http where the network is your own).")
    return cleaned


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
    """As OAuth endpoints want it. Raises NotReachable."""
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _sent("POST", url, urlencode(form).encode(), {**kind, **headers})


def call_json(method: str, url: str, body: object = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An answer of the management API; {} where it is empty. Raises Refused, NotReachable."""
    sent = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    reply = _sent(method, url, None if body is None else json.dumps(body).encode(), sent)
    if reply.status >= 400:
        raise refusal(reply)
    return reply.json() if reply.body.strip() else {}


def refusal(reply: Reply) -> Refused:
    """What an error answer says: RFC 6749's members, or RFC 9457's. Raises NotReachable where it is neither."""
    said = reply.json()
    code = str(said.get("error") or said.get("code") or "")
    return Refused(reply.status, code, str(said.get("error_description") or said.get("detail") or code))


def _sent(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
    request = Request(url, body, dict(headers), method=method)  # noqa: S310 (base_url allowed http and https only)
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return _reply(answer.status, answer.headers.items(), answer.read(LONGEST_ANSWER))
    except HTTPError as error:
        with error:
            return _reply(error.code, error.headers.items(), error.read(LONGEST_ANSWER))
    except (URLError, HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise NotReachable(f"{urlsplit(url).netloc} cannot be reached: {reason}") from error


def _reply(status: int, headers: Any, body: bytes) -> Reply:
    return Reply(status, {name.lower(): value for name, value in headers}, body)
