"""Tell people of alerts: by mail and by signed webhook, tried again where it fails."""

import json
import time
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from audit.actions.raise_alerts import record_alert
from audit.channels import http
from audit.channels.delivery import NotDelivered
from audit.channels.webhook import signature
from audit.models import Alert

logger = structlog.get_logger(__name__)
MOST_ATTEMPTS = 20
AT_ONCE = 100


def tell_alerts() -> int:
    """How many alerts were told to everybody who should hear of them."""
    waiting = Alert.objects.filter(told_at=None, attempts__lt=MOST_ATTEMPTS).select_related("rule")
    return sum(tell(alert) for alert in waiting.order_by("pk")[:AT_ONCE])


def tell(alert: Alert) -> bool:
    """One of them; on record when it is told, or given up."""
    rule = alert.rule
    try:
        if rule.addresses:
            _mail(alert)
        if rule.url:
            _post(alert)
    except (NotDelivered, OSError, SMTPException, ValueError) as error:
        _failed(alert, error)
        return False
    with transaction.atomic():
        alert.told_at, alert.problem = timezone.now(), ""
        alert.save(update_fields=["told_at", "problem"])
        if rule.addresses or rule.url:
            record_alert(alert, "told", mails=len(rule.addresses), webhook=bool(rule.url))
    return True


def sentence(alert: Alert) -> str:
    """What people read. It holds nothing of the events: letters leave the house."""
    rule = alert.rule
    return (
        f"“{rule.name}”: {alert.events:,} event{'s' if alert.events != 1 else ''} between "
        f"{alert.first_at:%Y-%m-%d %H:%M:%S} and {alert.last_at:%H:%M:%S} UTC match {rule.query}."
    )


def _failed(alert: Alert, error: Exception) -> None:
    with transaction.atomic():
        alert.attempts += 1
        alert.problem = f"{type(error).__name__}: {error}"[:500]
        alert.save(update_fields=["attempts", "problem"])
        if alert.attempts == MOST_ATTEMPTS:
            record_alert(alert, "told", outcome="failure", problem=alert.problem)
    logger.warning("audit.alert_not_told", rule=alert.rule.name, error=type(error).__name__)


def _mail(alert: Alert) -> None:
    text = f"{sentence(alert)}\n\nSee {_address(alert)}\n"
    EmailMessage(f"Alert: {alert.rule.name}", text, bcc=list(alert.rule.addresses)).send()


def _post(alert: Alert) -> None:
    """As destinations of evidence are told: Standard Webhooks. The id is the alert's, whenever it is sent again."""
    rule, stamp = alert.rule, str(int(time.time()))
    about = {
        "type": "audit.alert.raised", "message": sentence(alert), "alert": str(alert.pk), "rule": rule.name,
        "organisation_id": alert.organisation_id, "events": alert.events, "query": rule.query,
        "first_event": str(alert.first_event), "last_event": str(alert.last_event), "url": _address(alert),
    }  # fmt: skip
    body = json.dumps(about, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json", "webhook-id": str(alert.pk), "webhook-timestamp": stamp,
        "webhook-signature": signature(rule.secret, str(alert.pk), stamp, body),
    }  # fmt: skip
    http.send("POST", rule.url, body, headers)


def _address(alert: Alert) -> str:
    return f"{settings.GATEHOUSE_PUBLIC_URL}/admin/evidence/alerts/#{alert.pk}"
