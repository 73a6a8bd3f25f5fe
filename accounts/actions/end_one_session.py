"""End one session of a person: a browser's, or a tool's."""

from django.db import transaction

from accounts.models import BrowserSession
from audit.context import Target
from audit.log import record


def browser(row: BrowserSession, because: str) -> None:
    """The next request of that browser is nobody's. A tool's session is ended by accounts.actions.renew.end."""
    user = row.user
    with transaction.atomic():
        row.delete()
        if user is not None:
            target = Target("user", str(user.pk), user.get_username())
            record("auth.session.revoked", target=target, attrs={"because": because, "kind": "browser"})
