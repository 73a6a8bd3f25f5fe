"""`gatehouse keys`: the person's own API keys, through the management API."""

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from gatehouse.commands import asking
from gatehouse.commands.profiles import Profile, chosen
from gatehouse.commands.signing_in import management_token
from gatehouse.errors import GatehouseError
from gatehouse.http import call_json


def keys(given: Namespace) -> None:
    """List, make, rotate or revoke. Raises GatehouseError."""
    profile = Profile.load(chosen(given.profile))
    calls = Calls(profile, management_token(profile))
    {"list": _list, "create": _create, "rotate": _rotate, "revoke": _revoke}[given.what](calls, given)


class Calls:
    """The person's own keys at the management API."""

    def __init__(self, profile: Profile, token: str) -> None:
        self._base, self._headers = f"{profile.url}/api/v1/my/api-keys", {"Authorization": f"Bearer {token}"}

    def all(self) -> list[dict[str, Any]]:
        """Every one, page by page."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = call_json("GET", f"{self._base}?limit=200{cursor}", headers=self._headers)
            found += page["items"]
            if not page["next_cursor"]:
                return found
            cursor = f"&cursor={quote(page['next_cursor'], safe='')}"

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A change."""
        return call_json("POST", self._base + path, body, self._headers)

    def named(self, which: str) -> dict[str, Any]:
        """The one with this name, prefix or id. Raises GatehouseError: none, or several."""
        found = [key for key in self.all() if which in (key["id"], key["prefix"], key["name"])]
        living = [key for key in found if key["state"] == "active"] or found
        if len(living) != 1:
            many = "Several keys are" if living else "No key of yours is"
            raise GatehouseError(f"{many} called “{which}”: take the prefix from `gatehouse keys list`.")
        return living[0]


def _list(calls: Calls, given: Namespace) -> None:
    found = [key for key in calls.all() if given.all or key["state"] == "active"]
    if not found:
        asking.say("You have no keys yet: gatehouse keys create NAME")
    for key in found:
        used = (key["last_used_at"] or "never")[:10]
        print(f"{key['prefix']}  {key['state']:8} until {key['expires_at'][:10]}  used {used:10}  {key['name']}")


def _create(calls: Calls, given: Namespace) -> None:
    body: dict[str, Any] = {"name": given.name, "models_allowed": given.model or []}
    if given.scope:
        body["scopes"] = given.scope
    if given.days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=given.days)).isoformat()
    if given.organisation_id:
        body["organisation"] = given.organisation_id
    _shown(calls.post("", body))


def _rotate(calls: Calls, given: Namespace) -> None:
    key = calls.named(given.name)
    body = {} if given.overlap is None else {"overlap_seconds": given.overlap}
    _shown(calls.post(f"/{quote(key['id'])}/rotate", body))


def _revoke(calls: Calls, given: Namespace) -> None:
    key = calls.named(given.name)
    calls.post(f"/{quote(key['id'])}/revoke", {})
    asking.say(f"“{key['name']}” ({key['prefix']}) does not work any more.")


def _shown(made: dict[str, Any]) -> None:
    asking.say(f"“{made['name']}”, until {made['expires_at'][:10]}. The key is shown this once:")
    print(made["key"])
