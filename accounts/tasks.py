"""Celery tasks: hints and sweeps. They take no data, look, and call what is tested without Celery."""

from celery import shared_task

from accounts.actions import advance_key_ring, fetch_issuer_keys, prune_changes, reset_password
from accounts.models import PasswordReset
from accounts.session_store import SessionStore


@shared_task(name="accounts.advance_key_ring", ignore_result=True, time_limit=60)
def advance_keys() -> None:
    """Activate, retire and schedule signing keys."""
    advance_key_ring.execute()


@shared_task(name="accounts.prune_changes", ignore_result=True, time_limit=300)
def prune() -> None:
    """Forget announcements and revocations that nobody needs any more."""
    prune_changes.execute()
    PasswordReset.objects.prune()
    SessionStore.clear_expired()


@shared_task(name="accounts.send_password_letters", ignore_result=True, time_limit=120)
def send_password_letters() -> None:
    """To who asked for a new password, and has an account."""
    reset_password.send_letters()


@shared_task(name="accounts.fetch_issuers", ignore_result=True, time_limit=300)
def fetch_issuers() -> None:
    """Fetch the keys of trusted issuers where they are old, or were asked for."""
    fetch_issuer_keys.all_due()
