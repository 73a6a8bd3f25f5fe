"""What can go wrong. No message holds a secret."""


class GatehouseError(Exception):
    """Something went wrong; the message says what in a sentence."""


class NotReachable(GatehouseError):
    """No answer, or none that can be understood. Trying again may help."""


class LoginNeeded(GatehouseError):
    """What is stored here does not hold (any more): sign in again."""


class BindingRefused(GatehouseError):
    """A token bound to our key was asked for, and the gateway gave one that anybody could use."""


class Refused(GatehouseError):
    """The gateway said no.

    Attributes:
        status: of HTTP.
        code: the gateway's own word, such as `invalid_client` or `otp_required`; empty where it gave none.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message or f"The gateway answered {status}.")
        self.status, self.code = status, code
