"""What can go wrong with evidence."""


class UnknownEventType(ValueError):
    """A type that is not in the catalogue: a defect of the caller."""


class NotRecordable(ValueError):
    """A value that record bytes cannot hold: a float, an integer beyond 2^53, or something that is not JSON."""


class AuditUnavailable(Exception):
    """The record could not be kept, and its class is fail-closed: what it is about must not happen."""


class ForkDetected(Exception):
    """The log contradicts a checkpoint that was signed: it was rolled back or altered. Nothing is signed any more."""


class NothingSigned(Exception):
    """There is no checkpoint yet that a proof could lead to."""
