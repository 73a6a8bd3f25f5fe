"""Access review: who has which role where, when he last came, which keys he made; and keys that nobody uses."""

import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Membership
from audit.review.page import EvidencePage

SHOWN = 50
UNUSED = timedelta(days=90)


class AccessPage(EvidencePage):
    """For the regular look at who may still do what (SOC 2 CC6.2, ISO 27001 A.5.18)."""

    template_name = "admin/evidence/access.html"
    title: ClassVar[str] = "Access"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Both lists by keyset, of the organisations whose evidence the person may see."""
        user: Any = self.request.user
        organisations = [pk for pk, _ in user.audit_organisations()]
        places, more_places = self.page(places_of(organisations), "after")
        keys, more_keys = self.page(unused_keys(organisations), "key")
        made = keys_by_maker([place.user_id for place in places], organisations)
        return super().get_context_data(
            places=[(place, *made.get((place.user_id, place.organisation_id), (0, None))) for place in places],
            more_places=more_places, more_keys=more_keys, unused=[(key, f"key:{key.pk}") for key in keys],
            days=UNUSED.days,
            is_later="after" in self.request.GET or "key" in self.request.GET, **extra,
        )  # fmt: skip

    def page(self, rows: QuerySet[Any], name: str) -> tuple[list[Any], Any]:
        """A page from the id in the query string on, and where the next begins."""
        with suppress(ValueError):  # no cursor, or a damaged one: from the beginning
            rows = rows.filter(pk__gt=uuid.UUID(self.request.GET.get(name, "")))
        found = list(rows.order_by("pk")[: SHOWN + 1])
        return found[:SHOWN], found[SHOWN - 1].pk if len(found) > SHOWN else None


def places_of(organisations: list[str]) -> QuerySet[Membership]:
    """Who holds which role there."""
    rows = Membership.objects.filter(organisation_id__in=organisations)
    return rows.select_related("user", "organisation", "team")


def unused_keys(organisations: list[str]) -> QuerySet[ApiKey]:
    """Keys that work and that nobody used for as long as UNUSED."""
    since = timezone.now() - UNUSED
    idle = Q(last_used_at__lt=since) | Q(last_used_at=None, created_at__lt=since)
    return (
        ApiKey.objects.live()
        .filter(idle, organisation_id__in=organisations)
        .select_related("organisation", "created_by")
    )


def keys_by_maker(people: list[Any], organisations: list[str]) -> dict[tuple[Any, Any], tuple[int, Any]]:
    """(person, organisation) to how many working keys he made there, and when one of them was last used."""
    rows = ApiKey.objects.live().filter(created_by__in=people, organisation_id__in=organisations)
    counted = rows.order_by().values("created_by", "organisation").annotate(n=Count("pk"), used=Max("last_used_at"))
    return {(row["created_by"], row["organisation"]): (row["n"], row["used"]) for row in counted}
