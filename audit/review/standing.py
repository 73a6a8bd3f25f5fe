"""What the evidence overview says first: whether the log can be relied on, and what waits for somebody."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings

from audit import lag
from audit.actions.answer_alert import VIEW as SEE_ALERTS
from audit.actions.work_on_case import VIEW as SEE_CASES
from audit.health import LATE_SECONDS
from audit.models import (
    Alert,
    Anchor,
    Destination,
    ExportJob,
    ReviewCase,
    ReviewItem,
    SignedCheckpoint,
    VerificationRun,
)
from audit.retention.periods import days_of
from audit.review.alerts import alerts_of
from audit.review.case_choices import cases_of
from audit.review.exports import jobs_of
from audit.review.queues import items_of

MOST_COUNTED = 100


class Standing(NamedTuple):
    """One line: what, how it stands, whether that is bad, and where more is."""

    title: str
    text: str
    url_name: str
    is_bad: bool = False


def standing(user: Any) -> list[Standing]:
    """What the person may see of it."""
    return [*_log(user), *_waiting(user), *_retention(user)]


def _log(user: Any) -> Iterator[Standing]:
    last = VerificationRun.objects.filter(ended_at__isnull=False).first()
    page = "admin:evidence-integrity"
    if last is None:
        yield Standing("Last check", "not checked yet", page)
    elif last.state == VerificationRun.State.HOLDS:
        yield Standing("Last check", f"everything holds, {last.ended_at:%Y-%m-%d %H:%M} UTC", page)
    else:
        yield Standing("Last check", f"{len(last.findings) + last.more} findings", page, is_bad=True)
    newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
    yield Standing(
        "Signed", "nothing yet" if newest is None else f"{newest.size:,} events", page, is_bad=newest is None
    )
    yield _kept_outside(user)
    if (late := lag.seconds()) > LATE_SECONDS:
        yield Standing("Records wait", f"for {late:.0f} s", page, is_bad=True)


def _kept_outside(user: Any) -> Standing:
    """That nobody chose a place yet is the state after installing, and no alarm; that a chosen one fails is one."""
    title, page = "Kept outside", "admin:evidence-integrity"
    places = Destination.objects.filter(enabled=True, takes=Destination.Takes.CHECKPOINTS)
    if (failing := places.filter(failures__gt=0).first()) is not None:
        return Standing(title, f"{failing.name} fails: {failing.problem}", page, is_bad=True)
    if (anchor := Anchor.objects.order_by("-at").first()) is not None:
        return Standing(title, f"checkpoint of {anchor.at:%Y-%m-%d %H:%M} UTC", page)
    if places.exists():
        return Standing(title, "the first checkpoint is on its way", page)
    if user.has_perm("audit.add_destination"):
        return Standing(title, "nowhere yet: choose a place for checkpoints", "admin:audit_destination_add")
    return Standing(title, "nowhere yet: an administrator chooses a place for checkpoints", page)


def _waiting(user: Any) -> Iterator[Standing]:
    if user.has_perm("audit.give_verdict"):
        items = items_of(user).filter(state__in=ReviewItem.OPEN)
        yield Standing("To be reviewed", counted(items), "admin:evidence-review")
    if user.has_perm(SEE_ALERTS):
        alerts = counted(alerts_of(user).filter(state=Alert.State.OPEN))
        yield Standing("Open alerts", alerts, "admin:evidence-alerts", is_bad=alerts != "0")
    if user.has_perm(SEE_CASES):
        yield Standing(
            "Open cases", counted(cases_of(user).filter(state=ReviewCase.State.OPEN)), "admin:evidence-cases"
        )
    if user.has_perm("audit.view_exportjob"):
        waiting = jobs_of(user).filter(state=ExportJob.State.REQUESTED)
        yield Standing("Exports to decide", counted(waiting), "admin:evidence-exports")


def _retention(user: Any) -> Iterator[Standing]:
    if not user.has_perm("audit.view_retentionpolicy"):
        return
    yield Standing("Calls are kept", f"{days_of('proxy', ''):,} days", "admin:evidence-retention")


def counted(rows: Any) -> str:
    """How many, without counting on for ever."""
    number = len(rows.values_list("pk", flat=True)[: MOST_COUNTED + 1])
    return f"more than {MOST_COUNTED}" if number > MOST_COUNTED else str(number)
