"""The ledger: one row for each settled call, filled from the audit log, priced anew only by an approved action."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from uuid_utils.compat import uuid7

from accounts.models import Organisation, User
from llmproxy.metering.scope import Facts


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    """Entries. They are made by the fill and changed by re-pricing only."""

    def of_scope(self, where: dict[str, str]) -> "LedgerQuerySet":
        """Those of the calls that a rule with these dimensions is about."""
        return self.filter(**{COLUMNS[name]: value for name, value in where.items()})

    def tagged(self, tag: str) -> "LedgerQuerySet":
        """Those with the tag, each once; with "" those that have none."""
        if not tag:
            return self.filter(tag_rows=None)
        return self.filter(Exists(LedgerTag.objects.filter(entry=OuterRef("pk"), tag=tag)))


# The dimensions of metering.scope.Facts, as columns.
COLUMNS = {
    "organisation": "organisation_id", "team": "team_id", "principal": "principal", "key": "key_id", "model": "model",
    "endpoint": "endpoint", "end_user": "end_user", "budget": "budget_id",
}  # fmt: skip


class LedgerEntry(models.Model):
    """What a call used and cost. The id is that of the audit event it was taken from: taken in twice, it is one row.

    Attributes:
        kind: a call, or a copy of one that the provider may charge for as well.
        at: when the call was let in: budgets count it in the window of that moment.
        charged_nano: what budgets were charged; stays when the call is priced anew.
        cost_nano: what it costs; null where no price is known, which is never 0.
        saved_nano: what the same call cost when the answer was made that the response cache gave again.
        budget_id: the budget that the caller's token named.
        usage_source: reported by the provider, estimated here, or none.
    """

    class Kind(models.TextChoices):
        """What was sent: a call, or a copy: a hedge that lost, a shadow, an answer that a fallback replaced."""

        CALL = "call", "Call"
        HEDGE = "hedge", "Hedge"
        SHADOW = "shadow", "Shadow"
        FILTERED = "filtered", "Filtered"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CALL)
    at = models.DateTimeField()
    ended_at = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    team_id = models.CharField(max_length=64, blank=True)
    principal = models.CharField(max_length=255, blank=True)
    principal_name = models.CharField(max_length=255, blank=True)
    key_id = models.CharField(max_length=64, blank=True)
    end_user = models.CharField(max_length=200, blank=True)
    budget_id = models.CharField(max_length=64, blank=True)
    cost_centre = models.CharField(max_length=64, blank=True)
    tags = models.JSONField(default=list)
    endpoint = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=256, blank=True)
    model_served = models.CharField(max_length=256, blank=True)
    provider = models.CharField(max_length=64, blank=True)
    deployment_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=16)
    error_code = models.CharField(max_length=64, blank=True)
    streamed = models.BooleanField(default=False)
    batch = models.BooleanField(default=False)
    tokens_in = models.BigIntegerField(default=0)
    tokens_cached = models.BigIntegerField(default=0)
    tokens_cache_write = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    tokens_reasoning = models.BigIntegerField(default=0)
    units = models.JSONField(default=dict)
    usage_source = models.CharField(max_length=16, default="none")
    price_id = models.CharField(max_length=64, blank=True)
    cost_nano = models.BigIntegerField(null=True)
    charged_nano = models.BigIntegerField(default=0)
    reserved_nano = models.BigIntegerField(default=0)
    saved_nano = models.BigIntegerField(default=0)
    writer = models.UUIDField(null=True)
    repricing = models.ForeignKey("Repricing", on_delete=models.PROTECT, null=True, related_name="entries")

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name = "ledger entry"
        verbose_name_plural = "ledger"
        indexes = (
            models.Index(fields=("organisation", "at"), name="ledger_by_organisation"),
            models.Index(fields=("at",), name="ledger_by_time"),
            models.Index(fields=("key_id", "at"), name="ledger_by_key"),
            models.Index(fields=("writer", "at"), name="ledger_by_writer"),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.at:%Y-%m-%d %H:%M:%S}"

    def facts(self) -> Facts:
        """What rules ask of the call."""
        return Facts(*(str(getattr(self, column) or "") for column in COLUMNS.values()))

    @property
    def cost(self) -> Decimal | None:
        """US dollars; None where unknown."""
        return None if self.cost_nano is None else Decimal(self.cost_nano) / 10**9


class LedgerTag(models.Model):
    """One tag of one entry, so that databases of every kind find and sum by it."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.CASCADE, related_name="tag_rows")
    tag = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("entry", "tag"), name="ledger_tag_once"),)

    def __str__(self) -> str:
        return self.tag


class LedgerCursor(models.Model):
    """One row: how far the ledger has read the audit log, and until when it had read all of it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    next_leaf = models.BigIntegerField(default=0)
    caught_up_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"up to {self.next_leaf}"


class Repricing(models.Model):
    """Calls to be priced anew with the prices that hold for their time now: asked for, approved by a second person."""

    class State(models.TextChoices):
        """How it stands."""

        REQUESTED = "requested", "Waits for approval"
        DENIED = "denied", "Denied"
        APPROVED = "approved", "Waits for a worker"
        DONE = "done", "Done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: of all."
    )
    since = models.DateTimeField("from")
    until = models.DateTimeField("to")
    model = models.CharField(max_length=256, blank=True, help_text="A public model name; empty: of all.")
    only_unknown = models.BooleanField("only calls without a price", default=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED, editable=False)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    changed = models.BigIntegerField("calls changed", default=0, editable=False)
    difference_nano = models.BigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ("-id",)
        permissions = (("decide_repricing", "Approves or denies what others ask to price anew"),)
        constraints = (models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="repricing_forward"),)

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"

    def clean(self) -> None:
        """A period that is one."""
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValidationError({"until": "It ends before it begins."})
