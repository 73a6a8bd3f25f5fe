"""What can be wrong with what a wire reads. Pure: the pipeline turns these into refusals."""


class WireError(ValueError):
    """`str()` is a plain sentence."""


class BadRequest(WireError):
    """The client's request is not one of its wire. Attributes: param: the place of it."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class UnsupportedParameter(BadRequest):
    """The provider's wire cannot say what the client asks for, so it is refused rather than dropped."""

    def __init__(self, param: str, why: str = "") -> None:
        told = f": {why.rstrip('.')}" if why else ""
        super().__init__(f"{param} cannot be passed on to this model's provider{told}.", param)


class BadAnswer(WireError):
    """The provider's answer is not one of its wire."""


class ProviderFailed(WireError):
    """The provider answered, in its own words, that it failed.

    Attributes:
        status: the HTTP status that it would have had.
        code: the provider's.
    """

    def __init__(self, message: str, status: int = 502, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code
