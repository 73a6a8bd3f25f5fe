"""What time does to the key ring: pending keys go into service, replaced keys retire, every 90 days a new one is made.

Any number of schedulers may run this at once: the ring is locked, and a target date has one key.
"""

from datetime import UTC, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import activate_signing_key, generate_signing_key
from accounts.actions.generate_signing_key import target_of
from accounts.changes import announce
from accounts.models import SigningKey
from accounts.models.signing_key import PUBLISHED_FIRST, ROTATED_AFTER, SigningKeyState
from accounts.ring import LONGEST_TOKEN_SECONDS
from accounts.tokens.claims import LEEWAY_SECONDS
from audit.log import record

LONGEST_TOKEN = timedelta(seconds=LONGEST_TOKEN_SECONDS + LEEWAY_SECONDS)
# A scheduled key is published this long before its day.
LEAD = timedelta(days=1)


def execute(now: datetime | None = None) -> None:
    """Take every step that is due at `now`."""
    now = now or timezone.now()
    _retire(now)
    _activate(now)
    _schedule(now)


def _retire(now: datetime) -> None:
    with transaction.atomic():
        for key in SigningKey.objects.ring().filter(state=SigningKeyState.RETIRING):
            due = key.retirable_at(LONGEST_TOKEN)
            if due is None or now < due:
                continue
            key.move_to(SigningKeyState.RETIRED, now)
            record("key.retired", target=target_of(key), attrs={"alg": key.alg})
            announce("signing_key", key.kid)


def _activate(now: datetime) -> None:
    with transaction.atomic():
        due = SigningKey.objects.ring().filter(state=SigningKeyState.PENDING, activate_at__lte=now)
        for key in due.order_by("activate_at"):
            if key.activatable_at <= now:
                activate_signing_key.execute(key, now)


def _schedule(now: datetime) -> None:
    active = SigningKey.objects.filter(purpose="access", state=SigningKeyState.ACTIVE).first()
    if active is None or active.activated_at is None:
        return
    day = (active.activated_at + ROTATED_AFTER).date()
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    if now < midnight - LEAD or SigningKey.objects.filter(purpose="access", target_date=day).exists():
        return
    try:
        with transaction.atomic():
            starts = max(midnight, now + PUBLISHED_FIRST)
            generate_signing_key.execute(active.alg, "scheduled rotation", activate_at=starts, target_date=day)
    except IntegrityError:
        return  # another scheduler was quicker
