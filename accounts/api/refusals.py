"""What only the management API refuses."""

from accounts.errors import GatehouseError


class InUse(GatehouseError):
    """Something else refers to the row."""

    status_code = 409
    default_code = "in_use"
    default_detail = "Something else refers to this."


class NotPossibleNow(GatehouseError):
    """The state of the row does not allow it."""

    status_code = 409
    default_code = "not_possible_now"
    default_detail = "This cannot be done in the present state."


class EvidenceUnavailable(GatehouseError):
    """What cannot be put on record does not happen."""

    status_code = 503
    default_code = "audit_unavailable"
    default_detail = "The change could not be put on record, so it was not made. Try again shortly."
    retryable = True
