"""A directory with the files of an evidence bundle, read by their names."""

import json
from pathlib import Path
from typing import Any


class BundleUnreadable(ValueError):
    """The directory is no evidence bundle, or a file that it needs is missing or malformed."""


class BundleDirectory:
    """Reads files of the bundle. Every method raises BundleUnreadable where a file is missing or malformed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def open(self, name: str) -> Any:
        """The file, to be read as bytes."""
        try:
            return (self.directory / name).open("rb")
        except OSError as error:
            raise BundleUnreadable(f"{name} cannot be read: {error.strerror}") from error

    def read(self, name: str) -> bytes:
        """All of a file."""
        with self.open(name) as file:
            return bytes(file.read())

    def json(self, name: str) -> dict[str, Any]:
        """A file that holds one JSON object."""
        data = self.read(name)
        try:
            found = json.loads(data)
        except (RecursionError, ValueError) as error:
            raise BundleUnreadable(f"{name} is not JSON") from error
        if not isinstance(found, dict):
            raise BundleUnreadable(f"{name} is not an object")
        return found
