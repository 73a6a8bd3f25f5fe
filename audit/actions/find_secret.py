"""Find where a secret was seen without keeping it: by its keyed digests (AUDIT P1)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.content.digests import digests_of, month_of
from audit.log import record
from audit.models import SecretSighting
from audit.review.scope import visible

SHORTEST, LONGEST = 8, 16_384
MOST_MONTHS = 240
MOST_SHOWN = 200
PERMISSION = "audit.view_auditevent"


@dataclass(frozen=True, slots=True)
class Found:
    """The digest that a secret has this month, and where it was seen, newest first."""

    digest: str
    sightings: list[SecretSighting]
    months: int


def find_secret(user: Any, secret: str) -> Found:
    """Look for it in what `user` may see; that somebody looked is on record, what for is not.

    Raises:
        NotNow: too short to be one, too long, or not this person's to ask.
    """
    if not user.has_perm(PERMISSION):
        raise NotNow("Your roles do not let you look for secrets.")
    secret = secret.strip()
    if not SHORTEST <= len(secret) <= LONGEST:
        raise NotNow(f"A secret has between {SHORTEST} and {LONGEST:,} characters.")
    months = _months()
    digests = digests_of(secret, months)
    rows = visible(SecretSighting.objects.using(settings.AUDIT_DB_ALIAS).filter(digest__in=digests), user)
    sightings = list(rows[:MOST_SHOWN])
    record("data.search.executed", attrs={"digest": digests[0], "months": len(months), "found": len(sightings)})
    return Found(digests[0], sightings, len(months))


def _months() -> list[str]:
    """Those in which there may be digests, the present first."""
    now = timezone.now()
    oldest = SecretSighting.objects.using(settings.AUDIT_DB_ALIAS).aggregate(first=Min("month"))["first"]
    found = [month_of(now)]
    day = now.replace(day=1)
    while oldest is not None and found[-1] > oldest and len(found) < MOST_MONTHS:
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(month_of(day))
    return found
