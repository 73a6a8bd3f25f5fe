"""Celery tasks of the gateway: each looks, and calls what is tested without Celery."""

from celery import shared_task

from llmproxy.actions import fill_ledger, probe_deployment, reconcile_leases, reprice, tell_alerts
from llmproxy.actions import renew_access_tokens as renewing
from llmproxy.models import ModelDeployment


@shared_task(name="llmproxy.renew_access_tokens", ignore_result=True, time_limit=300)
def renew_access_tokens() -> None:
    """Fetch the access tokens that are about to end."""
    renewing.execute()


@shared_task(name="llmproxy.probe_deployments", ignore_result=True, time_limit=300)
def probe_deployments() -> None:
    """Ask each deployment that is to be probed, as tasks of their own: a slow one holds up no other."""
    rows = ModelDeployment.objects.filter(enabled=True, probe=True, provider__enabled=True)
    for pk in rows.values_list("pk", flat=True):
        probe_one_deployment.apply_async((str(pk),), expires=50)


@shared_task(name="llmproxy.probe_one_deployment", ignore_result=True, time_limit=60)
def probe_one_deployment(pk: str) -> None:
    """Ask one deployment, if it is still to be asked."""
    row = ModelDeployment.objects.select_related("provider").filter(pk=pk, enabled=True, probe=True).first()
    if row is not None:
        probe_deployment.execute(row)


@shared_task(name="llmproxy.fill_ledger", ignore_result=True, time_limit=300)
def fill_the_ledger() -> None:
    """Read what the audit log has more; then give back what dead processes held of budgets."""
    fill_ledger.execute()
    reconcile_leases.execute()


@shared_task(name="llmproxy.tell_budget_alerts", ignore_result=True, time_limit=300)
def tell_budget_alerts() -> None:
    """Mails and webhooks of thresholds that were reached."""
    tell_alerts.execute()


@shared_task(name="llmproxy.reprice", ignore_result=True, time_limit=3600)
def price_anew() -> None:
    """Re-pricings that a second person approved."""
    reprice.execute()
