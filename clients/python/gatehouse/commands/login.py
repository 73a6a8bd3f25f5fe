"""`gatehouse login` and `gatehouse logout`."""

import json
from argparse import Namespace
from pathlib import Path

from gatehouse.commands import asking, signing_in
from gatehouse.commands.profiles import Kind, Profile, chosen
from gatehouse.errors import GatehouseError, LoginNeeded
from gatehouse.http import base_url
from gatehouse.signer import Signer


def login(given: Namespace) -> None:
    """Try what was given; it is kept once it works. Raises GatehouseError."""
    profile = _described(given)
    match profile.kind:
        case "person":
            signing_in.start_session(profile)
        case "private_key":
            if _made_key(profile):
                profile.save()
                return
        case kind:
            profile.keep_secret(kind, asking.secret("API key" if kind == "api_key" else "Client secret"))
    _tried(profile)
    profile.save()
    asking.say(f"Signed in to {profile.url} as profile “{profile.name}”.")


def logout(given: Namespace) -> None:
    """End what can be ended at the gateway, and delete what is kept here."""
    profile = Profile.load(chosen(given.profile))
    try:
        if profile.kind == "person":
            signing_in.end_management(profile)
            signing_in.end(profile, profile.secret("refresh"))
    except LoginNeeded:
        pass
    finally:
        profile.forget()
    asking.say(f"Profile “{profile.name}” is signed out.")


def _described(given: Namespace) -> Profile:
    name = chosen(given.profile)
    kind = _kind(given)
    try:
        known = Profile.load(name)
    except LoginNeeded:
        known = None
    address = given.url or (known.url if known else "")
    if not address:
        raise GatehouseError("Say which gateway: --url https://gateway.example")
    who = given.client_id or given.user or (known.who if known and known.kind == kind else "")
    if kind == "person" and not who:
        who = asking.text("User name")
    url = base_url(address, allow_http=given.allow_http)
    key = str(Path(given.private_key).expanduser().absolute()) if given.private_key else ""
    return Profile(
        name, url, kind, who, given.organisation or "", key, given.scope or "", given.model or [], given.allow_http,
        given.budget or "",
    )  # fmt: skip


def _kind(given: Namespace) -> Kind:
    if given.private_key and not given.client_id:
        raise GatehouseError("--private-key goes with --client-id.")
    if given.private_key:
        return "private_key"
    if given.client_id:
        return "client_secret"
    return "api_key" if given.api_key else "person"


def _made_key(profile: Profile) -> bool:
    path = Path(profile.private_key)
    if path.exists():
        return False
    key = Signer.kept(path)
    asking.say(f"A fresh key is in {path}. Add its public part on the page of the service account, then use it:")
    print(json.dumps({**key.public_jwk, "kid": key.thumbprint, "alg": key.alg, "use": "sig"}))
    return True


def _tried(profile: Profile) -> None:
    if profile.kind == "person":
        return
    try:
        profile.source().token()
    except GatehouseError:
        profile.forget()
        raise
