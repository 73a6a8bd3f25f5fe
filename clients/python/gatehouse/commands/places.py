"""Where the command keeps its files: the XDG folders, each file with mode 0600."""

import os
import re
from pathlib import Path

from gatehouse.errors import GatehouseError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def config_file() -> Path:
    """Profiles: addresses and names, no secrets."""
    return _folder("XDG_CONFIG_HOME", ".config") / "config.json"


def secrets_file(profile: str) -> Path:
    """What signs a profile in: a refresh token, an API key or a client secret."""
    return _folder("XDG_STATE_HOME", ".local/state") / f"{checked(profile)}.secrets.json"


def token_file(profile: str, purpose: str) -> Path:
    """An access token that holds for minutes."""
    return _folder("XDG_CACHE_HOME", ".cache") / f"{checked(profile)}.{purpose}.json"


def checked(profile: str) -> str:
    """The name of a profile, which is part of file names. Raises GatehouseError."""
    if not NAME.fullmatch(profile):
        raise GatehouseError("A profile's name is made of letters, digits, dots, dashes and underscores.")
    return profile


def _folder(variable: str, fallback: str) -> Path:
    base = os.environ.get(variable, "")
    return (Path(base) if base.startswith("/") else Path.home() / fallback) / "gatehouse"
