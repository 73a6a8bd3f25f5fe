"""What the control plane may decide on: knowledge that was confirmed within the last second (SECURITY 5.6)."""

from django.conf import settings
from django.db import DatabaseError

from accounts.apps import AccountsConfig
from accounts.errors import IdentityUnavailable
from accounts.identity import IdentitySnapshot


def confirmed() -> IdentitySnapshot:
    """What this process knows, read anew where the watcher has not confirmed it for too long.

    The data plane never asks the database: it waits for the watcher, then refuses.

    Raises:
        IdentityUnavailable: the database does not answer either.
    """
    config = AccountsConfig.current()
    if config.watcher.age() > settings.GATEHOUSE_STALE_SECONDS:
        try:
            config.identity.load()
        except DatabaseError as error:
            raise IdentityUnavailable from error
    return config.identity
