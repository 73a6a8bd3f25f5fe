"""Where a call goes: the address, from the provider's row, the endpoint and the model."""

from collections.abc import Mapping
from urllib.parse import quote


class BadOptions(ValueError):
    """`str()` is a plain sentence for the person who fills in the provider's row."""


class Adapter:
    """Any server whose endpoints lie below its base URL: nearly all of them.

    Attributes:
        needed: the options that the row has to name, with what they mean.
    """

    needed: Mapping[str, str] = {}

    def __init__(self, base_url: str, options: Mapping[str, str]) -> None:
        if missing := [f"{name} ({meaning})" for name, meaning in self.needed.items() if not options.get(name)]:
            raise BadOptions(f"The options must name {', '.join(missing)}.")
        self.base_url = base_url
        self.options = options

    def url(self, endpoint: str, model: str, *, stream: bool = False) -> str:
        """The address for an endpoint such as `chat/completions` and the provider's own name of a model."""
        return f"{self.base_url}/{endpoint}"

    def names_model(self, endpoint: str) -> bool:
        """Whether the body of a call to `endpoint` names the model; else only the address does."""
        return True

    def discovery_url(self, path: str) -> str:
        """The address of the provider's list of models."""
        return f"{self.base_url}/{path}"

    def model_name(self, listed: str, wire: str) -> str:
        """What calls over `wire` name a model that the provider lists as `listed`."""
        return listed.removeprefix("models/")


def segment(text: str) -> str:
    """`text` as one segment of a path, so that it can reach no other one (RFC 3986 section 3.3)."""
    return quote(text, safe="-._~") if text.strip(".") else quote(text, safe="").replace(".", "%2E")
