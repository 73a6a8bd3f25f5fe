"""What requests noticed and left to be written down later, outside of them."""

import structlog
from django.db import DatabaseError

from accounts.actions import flag_leaked_key
from accounts.identity import IdentitySnapshot
from audit.errors import AuditUnavailable
from audit.log import record

logger = structlog.get_logger(__name__)


def write_down(identity: IdentitySnapshot) -> None:
    """Keys that were seen in addresses; from where more credentials failed than are put on record one by one."""
    leaked, identity.leaked_keys = identity.leaked_keys, {}
    try:
        for public_id, client_ip in leaked.items():
            flag_leaked_key.execute(public_id, client_ip)
    except (DatabaseError, AuditUnavailable) as error:
        logger.warning("noticed.not_written", error=type(error).__name__, keys=len(leaked))
        identity.leaked_keys = {**leaked, **identity.leaked_keys}
    for address, number in identity.misses.taken().items():
        attrs = {"reason": "too_many_failures", "address": address, "count": number}
        record("auth.token.rejected", outcome="denied", attrs=attrs)
