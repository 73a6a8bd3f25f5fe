"""Price calls anew with the prices that hold for their time: one person asks, another approves, a worker does it.

What budgets were charged stays: what a budget let pass was decided on at the time. The ledger, and every statement made
from it, tell the new cost.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from audit.context import Target
from audit.log import record
from llmproxy.actions.increase_budget import NotDecided, may_decide
from llmproxy.models import LedgerEntry, ModelDeployment, Price, Repricing
from llmproxy.pricing import Price as Frozen
from llmproxy.pricing import cost_nano
from llmproxy.wires.usage import Usage

BATCH = 500


def request(job: Repricing, user: User) -> Repricing:
    """Ask for it. Raises ValidationError."""
    if len(job.reason.strip()) < 5:
        raise ValidationError({"reason": "Say in a few words what it is for."})
    job.requested_by, job.state = user, Repricing.State.REQUESTED
    job.full_clean(exclude=["requested_by", "decided_by", "decided_at"])
    with transaction.atomic():
        job.save()
        _record(job, "requested")
    return job


def decide(job_id: Any, user: User, *, approve: bool) -> Repricing:
    """Approve or deny what somebody else asked for. Raises NotDecided, Repricing.DoesNotExist."""
    with transaction.atomic():
        job = Repricing.objects.select_for_update().get(pk=job_id)
        if job.state != Repricing.State.REQUESTED:
            raise NotDecided("It was decided already.")
        if not may_decide(user, "llmproxy.decide_repricing", job.organisation_id):
            raise NotDecided("Your roles do not let you decide this.")
        if job.requested_by_id == user.pk:
            raise NotDecided("A second person decides: you asked for it yourself.")
        job.state = Repricing.State.APPROVED if approve else Repricing.State.DENIED
        job.decided_by, job.decided_at = user, timezone.now()
        job.save()
        _record(job, "approved" if approve else "denied")
    return job


def execute() -> int:
    """How many approved jobs were done."""
    waiting = list(Repricing.objects.filter(state=Repricing.State.APPROVED).order_by("pk"))
    for job in waiting:
        _do(job)
    return len(waiting)


def _do(job: Repricing) -> None:
    """In one transaction: killed in between, nothing of it happened, and the next sweep does it."""
    with transaction.atomic():
        locked = Repricing.objects.select_for_update().get(pk=job.pk)
        if locked.state != Repricing.State.APPROVED:
            return
        book = _Book()
        for entry in entries_of(locked).iterator(chunk_size=BATCH):
            _price_anew(locked, entry, book)
        locked.state = Repricing.State.DONE
        locked.save()
        _record(locked, "done", changed=locked.changed, difference_nano=locked.difference_nano)


def entries_of(job: Repricing) -> Any:
    """The calls that a job is about."""
    entries = LedgerEntry.objects.filter(at__gte=job.since, at__lt=job.until).exclude(usage_source="none")
    # What counts as reserved, because its process died, says nothing of what was used.
    entries = entries.exclude(usage_source="estimated", tokens_in=0, tokens_out=0, units={})
    if job.organisation_id:
        entries = entries.filter(organisation_id=job.organisation_id)
    if job.model:
        entries = entries.filter(model=job.model)
    return entries.filter(cost_nano=None) if job.only_unknown else entries


def _price_anew(job: Repricing, entry: LedgerEntry, book: "_Book") -> None:
    price = book.price_of(entry)
    usage = Usage(
        entry.tokens_in, entry.tokens_out, entry.tokens_cached, entry.tokens_reasoning, entry.tokens_cache_write
    )
    cost = cost_nano(usage, price, entry.units, batch=entry.batch)
    if price is None or cost is None or (cost == entry.cost_nano and price.id == entry.price_id):
        return
    job.changed += 1
    job.difference_nano += cost - (entry.cost_nano or 0)
    LedgerEntry.objects.filter(pk=entry.pk).update(cost_nano=cost, price_id=price.id, repricing=job)


class _Book:
    """Prices by deployment, each read once."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Price]] = {}

    def price_of(self, entry: LedgerEntry) -> Frozen | None:
        """The one that held when the call was made, as the rows say now; one's own before the published one."""
        if entry.deployment_id not in self._rows:
            self._rows[entry.deployment_id] = list(self._read(entry.deployment_id))
        for price in self._rows[entry.deployment_id]:
            if price.valid_from <= entry.at and (price.valid_to is None or price.valid_to > entry.at):
                return price.frozen()
        return None

    def _read(self, deployment_id: str) -> Iterable[Price]:
        deployment = ModelDeployment.objects.filter(pk=deployment_id).first() if deployment_id else None
        if deployment is None:
            return ()
        of = Q(deployment=deployment)
        if deployment.facts_id is not None:
            of |= Q(facts=deployment.facts_id)
        rows = Price.objects.filter(of).order_by("-valid_from", "-created_at")
        return sorted(rows, key=lambda price: price.deployment_id is None)


def _record(job: Repricing, step: str, **more: object) -> None:
    attrs = {
        "since": job.since.isoformat(), "until": job.until.isoformat(), "model": job.model,
        "only_unknown": job.only_unknown, "requested_by": str(job.requested_by_id), **more,
    }  # fmt: skip
    record(
        f"money.repricing.{step}",
        target=Target("repricing", str(job.pk), str(job)),
        organisation_id=str(job.organisation_id or "") or None,
        reason=job.reason,
        attrs=attrs,
    )
