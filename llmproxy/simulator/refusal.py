"""Refusals in the words and the JSON of OpenAI (platform.openai.com/docs/guides/error-codes)."""

from collections.abc import Sequence

import orjson

NAMES = {bool: "a boolean", int: "an integer", float: "a decimal number", str: "a string", list: "an array",
         dict: "an object"}  # fmt: skip


class Refused(Exception):
    """The simulated server says no. `param` names the member at fault, `code` and `kind` are for machines."""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", param: str | None = None,
        code: str | None = None, headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = headers

    def body(self) -> bytes:
        """The JSON that is sent."""
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return orjson.dumps({"error": error})


def missing(param: str) -> Refused:
    """A required member is not there."""
    return Refused(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def wrong_type(param: str, expected: str, value: object) -> Refused:
    """`param` is of another JSON type than `expected` ("an integer")."""
    got = NAMES.get(type(value), "null")
    message = f"Invalid type for '{param}': expected {expected}, but got {got} instead."
    return Refused(message, param=param, code="invalid_type")


def wrong_value(param: str, value: object, supported: Sequence[str]) -> Refused:
    """`value` is none of those supported."""
    known = ", ".join(f"'{each}'" for each in supported)
    message = f"Invalid value: '{str(value)[:64]}'. Supported values are: {known}."
    return Refused(message, param=param, code="invalid_value")
