"""Reading what was said in a call: by whom the role allows it, with a reason, on record before anything is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from audit.actions.errors import NotNow
from audit.actions.second_person import holds
from audit.content.conversation import Message, messages
from audit.content.keys import KeyGone
from audit.content.sealing import BodyDamaged, opened
from audit.context import Target
from audit.log import record
from audit.models import AuditBlob, AuditEvent, KeptContent

READ, READ_ORIGINAL = "audit.read_content", "audit.read_original"
SHORTEST_REASON, LONGEST_REASON = 5, 500


@dataclass(frozen=True, slots=True)
class Said:
    """One body as it is read. `problem`: why there is nothing to read."""

    kept: KeptContent
    messages: Sequence[Message] = ()
    raw: str = ""
    problem: str = ""


def kept_of(event: AuditEvent) -> list[KeptContent]:
    """The bodies that were kept of the event's call."""
    if not event.request_id:
        return []
    rows = KeptContent.objects.using(settings.AUDIT_DB_ALIAS).select_related("original__key", "redacted__key")
    return list(rows.filter(request_id=event.request_id, organisation_id=event.organisation_id))


def may_read(user: Any, organisation_id: str, *, original: bool = False) -> bool:
    """Whether a role of `user` lets him read there; running the installation is no such role."""
    return holds(user, READ_ORIGINAL if original else READ, organisation_id)


def read_content(event: AuditEvent, user: Any, reason: str, *, original: bool = False) -> list[Said]:
    """What was asked and answered, redacted or with personal data.

    Raises:
        NotNow: not this person's to read, no reason, or nothing was kept.
        AuditUnavailable: the reading could not be put on record, so nothing is shown.
    """
    if not may_read(user, event.organisation_id, original=original):
        raise NotNow("Your roles do not let you read this.")
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise NotNow(f"Say in a few words why you read it: at most {LONGEST_REASON} characters.")
    found = kept_of(event)
    if not found:
        raise NotNow("Nothing of what was said was kept.")
    record(
        "data.content.unmasked" if original else "data.content.viewed",
        target=Target("call", event.request_id, event.actor_name),
        organisation_id=event.organisation_id or None, reason=reason.strip(), team_id=event.team_id or None,
        attrs={
            "event": str(event.pk), "contents": [str(kept.pk) for kept in found], "whose": event.actor_id,
            "of_request": event.request_id,
        },
    )  # fmt: skip
    return [_said(kept, kept.original if original else kept.redacted) for kept in found]


def _said(kept: KeptContent, blob: AuditBlob) -> Said:
    try:
        body = opened(blob)
    except KeyGone as error:
        return Said(kept, problem=f"It was destroyed ({error}): nobody can read it any more.")
    except BodyDamaged as error:
        return Said(kept, problem=f"It cannot be read: {error}. The integrity check names it.")
    return Said(kept, messages(body), body.decode("utf-8", "replace"))
