"""Why a token does not hold. The reason goes to the audit log, never to the client."""


class TokenRefused(Exception):
    """The token does not hold.

    Args:
        reason: a short machine word such as `signature`, `expired`, `typ`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
