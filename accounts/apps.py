"""The accounts app: holds what the process knows of identities, and the watcher that keeps it current."""

from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.apps import AppConfig, apps
from django.conf import settings

if TYPE_CHECKING:
    from accounts.changes import ChangeWatcher
    from accounts.identity import IdentitySnapshot
    from accounts.key_wishes import KeyWishes
    from accounts.last_used import LastUsedWriter
    from accounts.shared_store import SharedStore


class AccountsConfig(AppConfig):
    """Run-time parts are made on first use, because models can be imported only after all apps are loaded."""

    name = "accounts"
    verbose_name = "Access"

    @classmethod
    def current(cls) -> Self:
        """The app's configuration, typed. Raises LookupError before Django is set up."""
        config = apps.app_configs[cls.name]  # not by get_app_config, whose checks every call would pay for
        if not isinstance(config, cls):
            raise LookupError(cls.name)
        return config

    def ready(self) -> None:
        """Listen for changes of the rows that identities are made of."""
        # Models are behind them: not importable while apps load.
        from accounts import announcing, browser_session, orphaned_keys

        announcing.connect()
        browser_session.connect()
        orphaned_keys.connect()

    @cached_property
    def identity(self) -> "IdentitySnapshot":
        """All identities, in memory."""
        from accounts.identity import IdentitySnapshot  # models are behind it: not importable while apps load

        return IdentitySnapshot()

    @cached_property
    def key_wishes(self) -> "KeyWishes":
        """Has keys of trusted issuers fetched that were met and not known."""
        from accounts.key_wishes import KeyWishes  # see `identity`

        return KeyWishes(self.identity)

    @cached_property
    def last_used(self) -> "LastUsedWriter":
        """Writes down now and then which API keys were used."""
        from accounts.last_used import LastUsedWriter  # see `identity`

        return LastUsedWriter(self.identity)

    @cached_property
    def shared_store(self) -> "SharedStore":
        """What the data plane asks of Redis or Valkey."""
        from accounts.shared_store import SharedStore  # see `identity`

        return SharedStore(settings.REDIS_URL)

    @cached_property
    def watcher(self) -> "ChangeWatcher":
        """Follows changes; the identities are its first subscriber."""
        from accounts.changes import ChangeWatcher  # see `identity`
        from audit.apps import AuditConfig  # above, it would be a second candidate for this module's configuration

        watcher = ChangeWatcher()
        watcher.subscribe(self.identity.apply)
        watcher.subscribe(AuditConfig.current().take_in)
        return watcher
