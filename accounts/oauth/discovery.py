"""What Gatehouse says of itself to OAuth clients (RFC 8414, RFC 9728, SECURITY O10-O12)."""

from urllib.parse import urlsplit

from django.conf import settings

from accounts.challenges import challenges
from accounts.errors import GatehouseError
from accounts.oauth.presented import METHODS
from accounts.ring import gateway_audience, management_audience
from accounts.scopes import ALL_SCOPES, GATEWAY_SCOPES, MANAGEMENT_SCOPES
from accounts.tokens import dpop
from accounts.tokens.client_key import ALGORITHMS, OLD_NAMES

SERVER = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
Metadata = dict[str, object]


def authorization_server(grants: list[str]) -> Metadata:
    """RFC 8414 §2. The issuer is the text that stands in `iss`, byte for byte; empty lists are left out."""
    base = settings.GATEHOUSE_PUBLIC_URL
    algorithms = [*ALGORITHMS, *OLD_NAMES]
    told: Metadata = {
        "issuer": base,
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "grant_types_supported": grants,
        "scopes_supported": list(ALL_SCOPES),
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "protected_resources": [gateway_audience(), management_audience()],
    }
    for name, path in (("token", "token"), ("revocation", "revoke"), ("introspection", "introspect")):
        told[f"{name}_endpoint"] = f"{base}/oauth/{path}"
        told[f"{name}_endpoint_auth_methods_supported"] = _methods(name)
        told[f"{name}_endpoint_auth_signing_alg_values_supported"] = algorithms
    return told


def protected_resource(suffix: str) -> Metadata | None:
    """RFC 9728 §2 of the resource below our address at `suffix`; None where there is none."""
    known = {
        "": (settings.GATEHOUSE_PUBLIC_URL, ALL_SCOPES),
        "v1": (gateway_audience(), GATEWAY_SCOPES),
        "api": (management_audience(), MANAGEMENT_SCOPES),
    }
    if suffix not in known:
        return None
    resource, scopes = known[suffix]
    return {
        "resource": resource,
        "authorization_servers": [settings.GATEHOUSE_PUBLIC_URL],
        "scopes_supported": list(scopes),
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        # Some clients and organisations have to; the token endpoint tells them.
        "dpop_bound_access_tokens_required": False,
    }


def issuer_path() -> str:
    """Of an issuer that has a path, which then stands behind the well-known one (RFC 8414 §3.1)."""
    return urlsplit(settings.GATEHOUSE_PUBLIC_URL).path.strip("/")


def challenges_of_gateway(error: GatehouseError) -> list[str]:
    """Those of the data plane, which say where its metadata are (RFC 9728 §5.1)."""
    return challenges(error, f', resource_metadata="{settings.GATEHOUSE_PUBLIC_URL}{RESOURCE}/v1"')


def _methods(endpoint: str) -> list[str]:
    """Who introspects has a credential of his own; a first-party session renews and ends itself without one."""
    return list(METHODS) if endpoint == "introspection" else [*METHODS, "none"]
