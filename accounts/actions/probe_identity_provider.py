"""Ask an identity provider for what it publishes, and say what that means for signing in here."""

from typing import NamedTuple

from accounts.change_records import target_of
from accounts.models import IdentityProvider
from accounts.sign_on import outside
from accounts.sign_on.outside import Metadata, ProviderUnusable
from audit.log import record


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    said: str


def execute(row: IdentityProvider) -> list[Finding]:
    """Each finding in the order of a sign-in; nothing after the first that stops it. On record."""
    findings = _findings(row)
    record(
        "admin.identity_provider.tested",
        outcome="success" if all(one.ok for one in findings) else "failure",
        target=target_of(row),
        organisation_id=str(row.organisation_id or ""),
        attrs={"findings": {one.name: one.ok for one in findings}},
    )
    return findings


def _findings(row: IdentityProvider) -> list[Finding]:
    try:
        metadata = outside.metadata_of(row)
    except ProviderUnusable as error:
        return [Finding("Configuration", False, str(error))]
    found = [Finding("Configuration", True, f"It calls itself {row.issuer}, as here."), *_told(metadata)]
    try:
        keys = outside.keys_of(metadata)
    except ProviderUnusable as error:
        return [*found, Finding("Keys", False, str(error))]
    kinds = ", ".join(sorted({key.alg for key in keys}))
    return [*found, Finding("Keys", True, f"{len(keys)} that can be used here: {kinds}.")]


def _told(metadata: Metadata) -> list[Finding]:
    code = "code" in metadata.document.get("response_types_supported", ["code"])
    pkce = "It knows PKCE (S256)." if metadata.does_pkce else "It does not say that it knows PKCE; it is used anyway."
    return [Finding("Flow", code, "It does the code flow." if code else "It does not do the code flow."),
            Finding("PKCE", True, pkce)]  # fmt: skip
