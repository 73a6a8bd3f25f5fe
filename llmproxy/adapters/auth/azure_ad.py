"""Microsoft Entra ID (Azure AD), client credentials: a client secret is exchanged for an access token.

Rule: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (RFC 6749 section 4.4)
"""

import re
from collections.abc import Mapping

import orjson

from llmproxy.adapters.auth.plain import Bearer
from llmproxy.adapters.auth.scheme import BadSecret, TokenGrant

NEEDED = ("tenant_id", "client_id", "client_secret")
DEFAULTS = {
    "authority": "https://login.microsoftonline.com",
    "scope": "https://cognitiveservices.azure.com/.default",
}
TENANT = re.compile(r"[A-Za-z0-9.-]{1,100}")


class AzureAd(Bearer):
    """Entered as JSON: tenant_id, client_id, client_secret; authority and scope for other clouds.

    The authority is a part of the secret on purpose: no one can point a stored secret at another host.
    """

    @classmethod
    def normalised(cls, secret: str) -> str:
        return super().normalised(orjson.dumps(_members(secret)).decode())

    @classmethod
    def shown(cls, secret: str) -> str:
        return _members(secret)["client_id"][-4:]

    @classmethod
    def grant(cls, secret: str) -> TokenGrant:
        return ClientCredentialsGrant(_members(secret))


class ClientCredentialsGrant(TokenGrant):
    """The client credentials grant, with the secret in the form."""

    def __init__(self, members: Mapping[str, str]) -> None:
        self.url = f"{members['authority'].rstrip('/')}/{members['tenant_id']}/oauth2/v2.0/token"
        self._form = {"grant_type": "client_credentials"}
        self._form |= {name: members[name] for name in ("client_id", "client_secret", "scope")}

    def form(self, now: int) -> dict[str, str]:
        return self._form


def _members(secret: str) -> dict[str, str]:
    try:
        given = orjson.loads(secret)
    except orjson.JSONDecodeError as error:
        raise BadSecret("Enter JSON with tenant_id, client_id and client_secret.") from error
    if not isinstance(given, dict) or not all(isinstance(given.get(name), str) and given[name] for name in NEEDED):
        raise BadSecret(f"The JSON must hold {', '.join(NEEDED)}.")
    members = {name: given[name] for name in NEEDED}
    members |= {name: str(given.get(name) or default) for name, default in DEFAULTS.items()}
    if not TENANT.fullmatch(members["tenant_id"]):
        raise BadSecret("The tenant is an id or a domain name.")
    return members
