"""`gatehouse token` and `gatehouse whoami`."""

from argparse import Namespace
from datetime import UTC, datetime

from gatehouse.commands.profiles import Profile, chosen
from gatehouse.http import call_json


def token(given: Namespace) -> None:
    """The token alone, on a line: what key-helper hooks of coding tools read. Raises GatehouseError."""
    print(Profile.load(chosen(given.profile)).source().token(given.valid_for).value)


def whoami(given: Namespace) -> None:
    """As whom, until when. Raises GatehouseError: it does not hold (any more)."""
    profile = Profile.load(chosen(given.profile))
    found = profile.source().token()
    call_json("POST", f"{profile.url}/api/token/verify/", {"token": found.value})
    claims = found.claims()
    until = datetime.fromtimestamp(found.expires, UTC)
    lines = {
        "gateway": profile.url, "profile": f"{profile.name} ({profile.kind.replace('_', ' ')})",
        "who": profile.who, "subject": claims.get("sub", ""), "organisation": claims.get("tid", ""),
        "scopes": claims.get("scope", ""), "models": " ".join(claims.get("mdl") or ()),
        "token until": f"{until:%Y-%m-%d %H:%M:%S} UTC",
    }  # fmt: skip
    print("\n".join(f"{name + ':':14}{value}" for name, value in lines.items() if value))
