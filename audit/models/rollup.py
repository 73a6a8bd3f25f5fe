"""Counts of events by time and kind: what dashboards read instead of the log."""

from django.db import models

MINUTE, HOUR, DAY = 60, 3600, 86_400
WIDTHS = ((MINUTE, "minute"), (HOUR, "hour"), (DAY, "day"))


class Bucketed(models.Model):
    """A length of time and whose calls it is about. The id is derived from all that a row is about."""

    id = models.UUIDField(primary_key=True, editable=False)
    width = models.IntegerField(choices=WIDTHS)
    start = models.DateTimeField()
    organisation_id = models.CharField(max_length=64, blank=True)
    team_id = models.CharField(max_length=64, blank=True)
    key_id = models.CharField(max_length=64, blank=True)
    actor_id = models.CharField(max_length=255, blank=True)
    provider = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=128, blank=True)

    class Meta:
        abstract = True


class RollUp(Bucketed):
    """How many events of one kind there were, and what they used."""

    type = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    events = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    tokens_cached = models.BigIntegerField(default=0)
    tokens_reasoning = models.BigIntegerField(default=0)
    cost_nano = models.BigIntegerField(default=0)
    priced = models.BigIntegerField(default=0, help_text="Of the events: how many carry a cost.")

    class Meta:
        db_table = "audit_rollup"
        verbose_name = "roll-up"
        indexes = (
            models.Index(fields=("width", "start"), name="rollup_by_time"),
            models.Index(fields=("organisation_id", "width", "start"), name="rollup_by_organisation"),
        )

    def __str__(self) -> str:
        return f"{self.events} {self.type} from {self.start:%Y-%m-%d %H:%M}"


class LatencyRollUp(Bucketed):
    """How many answers took how long: one row for each step of a logarithmic scale (audit.rollups.latency)."""

    measure = models.CharField(max_length=8, choices=(("duration", "whole answer"), ("ttft", "first token")))
    step = models.SmallIntegerField()
    events = models.BigIntegerField(default=0)

    class Meta:
        db_table = "audit_rollup_latency"
        verbose_name = "latency roll-up"
        indexes = (models.Index(fields=("width", "start"), name="latency_by_time"),)

    def __str__(self) -> str:
        return f"{self.events} {self.measure} from {self.start:%Y-%m-%d %H:%M}"
