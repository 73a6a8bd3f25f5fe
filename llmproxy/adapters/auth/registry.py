"""Which schemes there are. A new one is a file and a line here; rows choose by name, so it needs no migration."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from llmproxy.adapters.auth.scheme import Auth


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme as the admin shows it; its class is loaded at its first use, because some bring large libraries.

    Attributes:
        named: whether the row has to name a header or a query parameter.
        entry: what is to be entered as the secret.
    """

    label: str
    path: str
    named: bool = False
    entry: str = "The key, as the provider shows it."

    @property
    def auth(self) -> type[Auth]:
        """The class."""
        return _loaded(self.path)


SCHEMES = {
    "bearer": Scheme("Authorization: Bearer", "plain:Bearer"),
    "header": Scheme("A header of its own", "plain:HeaderKey", named=True),
    "query": Scheme("A query parameter", "plain:QueryKey", named=True),
    "aws_sigv4": Scheme(
        "AWS Signature V4",
        "aws_sigv4:AwsSigV4",
        entry="ACCESS_KEY_ID:SECRET_ACCESS_KEY, and :SESSION_TOKEN behind it for a temporary key.",
    ),
    "google_service_account": Scheme(
        "Google service account", "google:GoogleServiceAccount", entry="The whole JSON key file."
    ),
    "azure_ad": Scheme(
        "Microsoft Entra ID (Azure AD)",
        "azure_ad:AzureAd",
        entry='JSON: {"tenant_id": "…", "client_id": "…", "client_secret": "…"}.',
    ),
    "none": Scheme("None", "plain:NoAuth", entry="Nothing is sent."),
}


def scheme(name: str) -> Scheme:
    """The scheme of that name. Raises ValueError."""
    found = SCHEMES.get(name)
    if found is None:
        raise ValueError(f"there is no authentication scheme {name!r}")
    return found


@cache
def _loaded(path: str) -> type[Auth]:
    module, _, name = path.partition(":")
    found: type[Auth] = getattr(import_module(f"llmproxy.adapters.auth.{module}"), name)
    return found
