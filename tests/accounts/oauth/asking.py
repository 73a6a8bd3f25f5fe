"""A program and what it sends to the OAuth endpoints."""

import base64
import json
import time
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.test import Client

from accounts.actions.create_service_account import CreatedAccount
from accounts.oauth.presented import ASSERTION_TYPE
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.tokens.forge import encoded, signature_of

FORM = "application/x-www-form-urlencoded"
ISSUER = "http://testserver"


def post(path: str, form: dict[str, Any] | str, authorization: str | None = None, **options: Any) -> Any:
    """The answer to a form; a member with several values is repeated."""
    body = form if isinstance(form, str) else urlencode(form, doseq=True)
    headers = {"authorization": authorization} if authorization is not None else {}
    content_type = options.pop("content_type", FORM)
    return Client().post(path, body, content_type=content_type, headers=headers, **options)


def basic(client_id: str, secret: str) -> str:
    """`client_secret_basic`: both parts form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def of(program: CreatedAccount) -> str:
    """The header of a program."""
    return basic(program.account.client_id, program.client_secret)


def claims(client_id: str, **changed: Any) -> dict[str, Any]:
    """What a good assertion says, with changes; `...` leaves one out."""
    now = int(time.time())
    good = {"iss": client_id, "sub": client_id, "aud": ISSUER, "jti": "one", "iat": now, "exp": now + 60}
    return {name: value for name, value in {**good, **changed}.items() if value is not ...}


def assertion(key: SigningKeyPair, body: dict[str, Any], **header: Any) -> str:
    """Really signed by `key`."""
    said = {"alg": key.alg, "typ": "client-authentication+jwt", "kid": key.kid, **header}
    head = {name: value for name, value in said.items() if value is not ...}
    signing_input = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(body).encode())}"
    return f"{signing_input}.{encoded(signature_of(key, signing_input.encode()))}"


def asserted(text: str, **more: str) -> dict[str, str]:
    """A client credentials request by assertion."""
    known = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}
    return {"grant_type": "client_credentials", **known, **more}
