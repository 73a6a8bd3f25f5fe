"""Celery tasks of the gateway: each looks, and calls what is tested without Celery."""

from celery import shared_task

from llmproxy.actions import renew_access_tokens as renewing


@shared_task(name="llmproxy.renew_access_tokens", ignore_result=True, time_limit=300)
def renew_access_tokens() -> None:
    """Fetch the access tokens that are about to end."""
    renewing.execute()
