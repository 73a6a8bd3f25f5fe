"""How a client authenticates: in exactly one way (RFC 6749 §2.3, SECURITY O4, O7)."""

import base64
import binascii
from typing import Literal, NamedTuple
from urllib.parse import unquote_plus

from accounts.oauth.errors import invalid_client, invalid_request
from accounts.oauth.form import Form, required

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SecretMethod = Literal["client_secret_basic", "client_secret_post"]
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


class Secret(NamedTuple):
    """A client id and a secret."""

    client_id: str
    secret: str
    method: SecretMethod


class Assertion(NamedTuple):
    """A signed JWT, and the client id beside it, if any."""

    client_id: str | None
    text: str


def presented(authorization: str | None, form: Form) -> Secret | Assertion | None:
    """What was presented; None where nothing but a client id was.

    Raises:
        OAuthError: several ways at once, or one that cannot be read.
    """
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if (authorization is not None) + ("client_secret" in form) + asserted > 1:
        raise invalid_request("Authenticate in one way: by the header, by a secret or by an assertion.")
    if authorization is not None:
        return _same_client(_basic(authorization), form)
    if asserted:
        if required(form, "client_assertion_type") != ASSERTION_TYPE:
            raise invalid_request(f"client_assertion_type is {ASSERTION_TYPE}.")
        return Assertion(form.get("client_id"), required(form, "client_assertion"))
    if "client_secret" in form:
        return Secret(required(form, "client_id"), form["client_secret"], "client_secret_post")
    return None


def _basic(header: str) -> Secret:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise invalid_client("The Authorization header could not be read.") from error
    client_id, separator, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise invalid_client("Use the Basic scheme.")
    # Both parts are form-encoded before they are joined (RFC 6749 §2.3.1).
    return Secret(unquote_plus(client_id), unquote_plus(secret), "client_secret_basic")


def _same_client(found: Secret, form: Form) -> Secret:
    if form.get("client_id", found.client_id) != found.client_id:
        raise invalid_request("client_id in the body is another one than in the header.")
    return found
