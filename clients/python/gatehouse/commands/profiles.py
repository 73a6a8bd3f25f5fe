"""Profiles: which gateway, and as whom."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from gatehouse.commands import places
from gatehouse.errors import GatehouseError, LoginNeeded
from gatehouse.grants import ApiKey, ClientSecret, Grant, PrivateKey, RefreshToken
from gatehouse.private_files import locked, read_json, write_json
from gatehouse.signer import Signer
from gatehouse.source import TokenSource
from gatehouse.stores import FileStore

Kind = Literal["person", "api_key", "client_secret", "private_key"]
DEFAULT = "default"


@dataclass(frozen=True)
class Profile:
    """What is known of one sign-in, but for its secret.

    Attributes:
        who: the user name, or the client id.
        private_key: a file, where `kind` says so.
        models: an API key's tokens are narrowed to these; `budget`: and to this one.
    """

    name: str
    url: str
    kind: Kind
    who: str = ""
    organisation: str = ""
    private_key: str = ""
    scope: str = ""
    models: list[str] = field(default_factory=list)
    allow_http: bool = False
    budget: str = ""

    @classmethod
    def load(cls, name: str) -> "Profile":
        """Raises LoginNeeded where there is none."""
        stored = _profiles().get(places.checked(name))
        try:
            return cls(name=name, **(stored or {}))
        except TypeError as error:
            raise LoginNeeded(f"There is no profile “{name}” yet: gatehouse login --url …") from error

    def save(self) -> None:
        """Keep it among the others."""
        with locked(places.config_file()):
            others = _profiles()
            others[self.name] = {key: value for key, value in asdict(self).items() if key != "name"}
            write_json(places.config_file(), {"profiles": others})

    def forget(self) -> None:
        """With all that belongs to it, but for a private key file, which is the program's."""
        for path in (places.secrets_file(self.name), *(places.token_file(self.name, use) for use in PURPOSES)):
            path.unlink(missing_ok=True)
        with locked(places.config_file()):
            others = _profiles()
            others.pop(self.name, None)
            write_json(places.config_file(), {"profiles": others})

    def secret(self, what: str) -> str:
        """Raises LoginNeeded."""
        found = read_json(places.secrets_file(self.name)).get(what)
        if not found:
            raise LoginNeeded(f"Profile “{self.name}” is not signed in: gatehouse login --profile {self.name}")
        return str(found)

    def keep_secret(self, what: str, value: str) -> None:
        """In the profile's own file."""
        path = places.secrets_file(self.name)
        write_json(path, {**read_json(path), what: value})

    def source(self) -> TokenSource:
        """Its tokens for the gateway, shared with every other process of the same user."""
        store = FileStore(places.token_file(self.name, "gateway"))
        return TokenSource(self.url, self._grant(), scope=self.scope, store=store, allow_http=self.allow_http)

    def _grant(self) -> Grant:
        match self.kind:
            case "person":
                return RefreshToken(lambda: self.secret("refresh"), lambda text: self.keep_secret("refresh", text))
            case "api_key":
                return ApiKey(self.secret("api_key"), models=tuple(self.models), budget=self.budget)
            case "client_secret":
                return ClientSecret(self.who, self.secret("client_secret"))
            case "private_key":
                return PrivateKey(self.who, Signer.of_file(Path(self.private_key)))
        raise GatehouseError(f"Profile “{self.name}” was written by another version: sign in again.")


PURPOSES = ("gateway", "management")


def chosen(name: str | None) -> str:
    """The profile's name: as given, else GATEHOUSE_PROFILE, else `default`."""
    return name or os.environ.get("GATEHOUSE_PROFILE") or DEFAULT


def signed_in(profile: str | None = None) -> TokenSource:
    """What `gatehouse login` left, for a program of the same user. Raises LoginNeeded."""
    return Profile.load(chosen(profile)).source()


def _profiles() -> dict[str, Any]:
    found = read_json(places.config_file()).get("profiles", {})
    return found if isinstance(found, dict) else {}
