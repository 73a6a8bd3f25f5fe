"""People's way in: name, password and, where a second factor is enrolled, a code."""

from typing import Any

from gatehouse.commands import asking, places
from gatehouse.commands.profiles import Profile
from gatehouse.errors import LoginNeeded, Refused
from gatehouse.http import call_json
from gatehouse.stores import FileStore
from gatehouse.token import Token

# The gateway's answers that ask for a code, and those that a new attempt may change.
NEEDS_CODE = "otp_required"
MOST_CODES = 3


def signed_in(profile: Profile, audience: str) -> dict[str, Any]:
    """The gateway's answer: `access`, `refresh`, `expires_in`. Raises Refused, NotReachable."""
    asked = {"username": profile.who, "password": asking.secret(f"Password of {profile.who}"), "audience": audience}
    if profile.organisation:
        asked["organisation"] = profile.organisation
    try:
        return _asked(profile, asked)
    except Refused as error:
        if error.code != NEEDS_CODE:
            raise
    for left in range(MOST_CODES - 1, -1, -1):
        try:
            return _asked(profile, {**asked, "otp": asking.secret("One-time code")})
        except Refused as error:
            if error.code != "login_refused" or not left:
                raise
            asking.say("That code did not work.")
    raise AssertionError("unreachable")


def start_session(profile: Profile) -> None:
    """Sign in for the gateway; what renews it is kept in a file of mode 0600."""
    answer = signed_in(profile, "gateway")
    profile.keep_secret("refresh", str(answer["refresh"]))
    FileStore(places.token_file(profile.name, "gateway")).save(_token(answer))


def management_token(profile: Profile) -> str:
    """A token for the management API, asked for with the password each time the last one has expired.

    Nothing that renews it is used: who finds this machine unlocked cannot make keys tomorrow.
    """
    if profile.kind != "person":
        raise LoginNeeded("Keys belong to people: use a profile that a person signed in to (gatehouse login --user …).")
    store = FileStore(places.token_file(profile.name, "management"))
    kept = store.load()
    if kept is not None and kept.is_fresh():
        return kept.value
    end_management(profile)
    asking.say("To manage keys, confirm that it is you.")
    answer = signed_in(profile, "management")
    profile.keep_secret("management", str(answer["refresh"]))
    store.save(_token(answer))
    return str(answer["access"])


def end_management(profile: Profile) -> None:
    """End the session before, if any: there is never more than one."""
    try:
        text = profile.secret("management")
    except LoginNeeded:
        return
    end(profile, text)
    profile.keep_secret("management", "")


def end(profile: Profile, refresh: str) -> None:
    """End a session and its tokens. Raises NotReachable."""
    call_json("POST", f"{profile.url}/api/token/revoke/", {"refresh": refresh})


def _asked(profile: Profile, body: dict[str, str]) -> dict[str, Any]:
    return call_json("POST", f"{profile.url}/api/token/", body)


def _token(answer: dict[str, Any]) -> Token:
    return Token.of_answer({"access_token": answer["access"], "expires_in": answer["expires_in"]})
