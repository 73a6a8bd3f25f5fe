"""The audit app: holds the process's recorder."""

import atexit
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from django.apps import AppConfig, apps
from django.conf import settings

from audit import address_lookup
from audit.content.keeper import RELOADING, Changed, PolicyKeeper

if TYPE_CHECKING:
    from audit.content.spooling import ContentSpool
    from audit.recorder import Recorder
    from audit.shipper import Shipper


class AuditConfig(AppConfig):
    """Run-time parts are made on first use, because models can be imported only after all apps are loaded."""

    name = "audit"
    verbose_name = "Evidence"

    def ready(self) -> None:
        """Have the database watch the control tables."""
        from audit.watching.install import connect  # reads the app registry, which is complete only now

        connect(self)
        address_lookup.connect()

    @classmethod
    def current(cls) -> Self:
        """The app's configuration, typed. Raises LookupError before Django is set up."""
        config = apps.app_configs[cls.name]  # not by get_app_config, whose checks every call would pay for
        if not isinstance(config, cls):
            raise LookupError(cls.name)
        return config

    @cached_property
    def policy(self) -> PolicyKeeper:
        """What is recorded of calls, in memory."""
        return PolicyKeeper()

    @cached_property
    def contents(self) -> "ContentSpool":
        """Keeps bodies until they are sealed."""
        from audit.content.spooling import PURPOSE, ContentSpool  # see `recorder`
        from audit.outside import outside

        return ContentSpool(settings.AUDIT_CONTENT_SPOOL, settings.AUDIT_NODE, lambda: outside().keyed(PURPOSE))

    def take_in(self, changes: Sequence[Changed]) -> None:
        """Load the policies anew, if they changed. Raises DatabaseError."""
        from audit.models import AuditPolicy  # see `recorder`

        if any(change.kind in RELOADING for change in changes):
            self.policy.load(AuditPolicy.objects.by_organisation())

    @cached_property
    def recorder(self) -> "Recorder":
        """Keeps this process's records; closed in order at the end of the process."""
        from audit.recorder import Recorder  # models are behind it: not importable while apps load

        recorder = Recorder(settings.AUDIT_SPOOL, settings.AUDIT_NODE, self.policy.fails_open)
        atexit.register(self.close)
        return recorder

    @cached_property
    def shipper(self) -> "Shipper":
        """Closes segments in time and tells Celery about them."""
        from audit.shipper import Shipper  # see `recorder`

        return Shipper(self.recorder, self.contents, settings.AUDIT_NODE)

    def close(self) -> None:
        """End this process's writer, so that its last records can be taken in at once."""
        if "recorder" in self.__dict__ and self.recorder.has_writer():
            self.recorder.say_absent()
            self.recorder.writer().close()
        if "contents" in self.__dict__ and self.contents.has_writer():
            self.contents.writer().close()
