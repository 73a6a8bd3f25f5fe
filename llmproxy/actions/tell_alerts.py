"""Tell people of budgets whose thresholds were reached: by mail and by signed webhook, tried again where it fails."""

import json
import time
from smtplib import SMTPException

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from accounts.crypto import UnsealError
from audit.channels import http
from audit.channels.delivery import NotDelivered
from audit.channels.webhook import signature
from audit.context import Target
from audit.log import record
from llmproxy.budgets.denial import WINDOWS, dollars
from llmproxy.models import Budget, BudgetAlert

logger = structlog.get_logger(__name__)
MOST_ATTEMPTS = 20
AT_ONCE = 100


def execute() -> int:
    """How many alerts were told. Each is put on record when it is, or when it is given up."""
    waiting = BudgetAlert.objects.filter(told_at=None, attempts__lt=MOST_ATTEMPTS).select_related("budget")
    return sum(tell(alert) for alert in waiting.order_by("pk")[:AT_ONCE])


def tell(alert: BudgetAlert) -> bool:
    """One alert; whether everybody who should hear of it has."""
    budget = alert.budget
    try:
        if budget.alert_mails:
            _mail(alert, budget)
        if budget.alert_url:
            _post(alert, budget)
    except (NotDelivered, OSError, SMTPException, UnsealError, ValueError) as error:
        alert.attempts += 1
        alert.problem = f"{type(error).__name__}: {error}"[:500]
        alert.save(update_fields=["attempts", "problem"])
        logger.warning("budgets.alert_not_told", budget=budget.name, error=type(error).__name__)
        return False
    with transaction.atomic():
        alert.told_at, alert.problem = timezone.now(), ""
        alert.save(update_fields=["told_at", "problem"])
        record(
            "money.alert.raised",
            target=Target("budget", str(budget.pk), budget.name),
            organisation_id=str(budget.organisation_id or "") or None,
            attrs=_about(alert, budget),
        )
    return True


def sentence(alert: BudgetAlert, budget: Budget) -> str:
    """What people read."""
    whose = f" ({alert.subject})" if alert.subject else ""
    return (
        f"Budget “{budget.name}”{whose}: {alert.threshold} % is reached. {dollars(alert.spent_nano)} of "
        f"{dollars(alert.limit_nano)} {WINDOWS[budget.window]} are spent, for {budget.whose()}."
    )


def _about(alert: BudgetAlert, budget: Budget) -> dict[str, object]:
    return {
        "budget": str(budget.pk), "name": budget.name, "subject": alert.subject, "threshold": alert.threshold,
        "spent_nano": alert.spent_nano, "limit_nano": alert.limit_nano, "window": budget.window,
    }  # fmt: skip


def _mail(alert: BudgetAlert, budget: Budget) -> None:
    text = f"{sentence(alert, budget)}\n\n{_next(budget)}\n"
    EmailMessage(f"Budget “{budget.name}”: {alert.threshold} % reached", text, bcc=list(budget.alert_mails)).send()


def _next(budget: Budget) -> str:
    if budget.hard:
        return "When it is used up, calls are refused. An administrator can ask for more for a while."
    return "It refuses nobody: this is for your information."


def _post(alert: BudgetAlert, budget: Budget) -> None:
    """As destinations of evidence are told: Standard Webhooks. The id is the alert's, whenever it is sent again."""
    about = {"type": "budget.threshold_reached", "message": sentence(alert, budget), **_about(alert, budget)}
    body, stamp = json.dumps(about, ensure_ascii=False).encode(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(alert.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": signature(budget.alert_secret, str(alert.pk), stamp, body),
    }
    http.send("POST", budget.alert_url, body, headers)
