"""What people do about an alert: say that they look at it, and close it with what came of it."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.actions.raise_alerts import record_alert
from audit.models import Alert
from audit.models.export_job import may

VIEW, CHANGE = "audit.view_alert", "audit.change_alert"
LONGEST_NOTE = 500


def acknowledge_alert(alert: Alert, user: Any) -> Alert:
    """Somebody looks at it. Raises NotNow: somebody does already, or it is closed."""
    with transaction.atomic():
        alert = _locked(alert, user)
        if alert.state != Alert.State.OPEN:
            raise NotNow("Somebody looks at it already.")
        alert.state, alert.acknowledged_at = Alert.State.ACKNOWLEDGED, timezone.now()
        alert.acknowledged_by_name = user.get_username()
        alert.save()
        record_alert(alert, "acknowledged")
    return alert


def close_alert(alert: Alert, user: Any, note: str) -> Alert:
    """What its rule finds from now on raises another one. Raises NotNow: no word on what came of it."""
    note = note.strip()
    if not 3 <= len(note) <= LONGEST_NOTE:
        raise NotNow(f"Say in 3 to {LONGEST_NOTE} characters what came of it.")
    with transaction.atomic():
        alert = _locked(alert, user)
        alert.state, alert.closed_at, alert.note = Alert.State.CLOSED, timezone.now(), note
        alert.closed_by_name = user.get_username()
        alert.save()
        record_alert(alert, "closed", reason=note)
    return alert


def _locked(alert: Alert, user: Any) -> Alert:
    alert = Alert.objects.select_for_update().select_related("rule").get(pk=alert.pk)
    if not may(user, CHANGE, alert.organisation_id):
        raise NotNow("Your roles do not let you answer this alert.")
    if alert.state == Alert.State.CLOSED:
        raise NotNow("It is closed.")
    return alert
