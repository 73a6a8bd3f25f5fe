"""One event: the record's exact bytes, and columns projected from them to search by."""

from django.db import models


class AuditEvent(models.Model):
    """Append-only: the database refuses changes, the admin offers none."""

    id = models.UUIDField(primary_key=True, editable=False)
    leaf_index = models.BigIntegerField(unique=True)
    schema_version = models.SmallIntegerField(default=1)
    occurred_at = models.DateTimeField()
    ingested_at = models.DateTimeField()
    category = models.CharField(max_length=32)
    type = models.CharField(max_length=64)
    stage = models.SmallIntegerField(null=True)
    outcome = models.CharField(max_length=16)
    severity = models.SmallIntegerField(null=True)
    audit_level = models.SmallIntegerField(null=True)
    retention_class = models.CharField(max_length=32, default="default")
    writer = models.UUIDField(null=True)
    writer_seq = models.BigIntegerField(null=True)
    organisation_id = models.CharField(max_length=64, blank=True)
    actor_type = models.CharField(max_length=32)
    actor_id = models.CharField(max_length=255, blank=True)
    actor_name = models.CharField(max_length=1024, blank=True)
    actor_roles = models.JSONField(default=list)
    on_behalf_of = models.CharField(max_length=1024, blank=True)
    key_id = models.CharField(max_length=64, blank=True)
    key_prefix = models.CharField(max_length=64, blank=True)
    team_id = models.CharField(max_length=64, blank=True)
    project_id = models.CharField(max_length=64, blank=True)
    target_type = models.CharField(max_length=64, blank=True)
    target_id = models.CharField(max_length=1024, blank=True)
    target_name = models.CharField(max_length=1024, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    session_id = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    span_id = models.CharField(max_length=64, blank=True)
    src_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=1024, blank=True)
    http_method = models.CharField(max_length=1024, blank=True)
    http_path = models.CharField(max_length=1024, blank=True)
    http_status = models.SmallIntegerField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    provider = models.CharField(max_length=64, blank=True)
    model_requested = models.CharField(max_length=1024, blank=True)
    model_served = models.CharField(max_length=1024, blank=True)
    tokens_in = models.BigIntegerField(null=True)
    tokens_out = models.BigIntegerField(null=True)
    tokens_cached = models.BigIntegerField(null=True)
    tokens_reasoning = models.BigIntegerField(null=True)
    cost_nano = models.BigIntegerField(null=True)
    ttft_us = models.BigIntegerField(null=True)
    duration_us = models.BigIntegerField(null=True)
    cache_status = models.CharField(max_length=32, blank=True)
    guardrail_verdict = models.CharField(max_length=32, blank=True)
    policy_version = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=1024, blank=True)
    ticket = models.CharField(max_length=1024, blank=True)
    excerpt = models.CharField(max_length=1024, blank=True)
    attrs = models.JSONField(default=dict)
    raw = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_event"
        ordering = ("-id",)
        verbose_name = "event"
        indexes = (
            models.Index(fields=("type", "id"), name="event_by_type"),
            models.Index(fields=("organisation_id", "id"), name="event_by_organisation"),
            models.Index(fields=("actor_id", "id"), name="event_by_actor"),
            models.Index(fields=("request_id",), name="event_by_request"),
            models.Index(fields=("model_requested", "id"), name="event_by_model"),
            models.Index(fields=("session_id", "id"), name="event_by_session", condition=~models.Q(session_id="")),
            models.Index(fields=("trace_id", "id"), name="event_by_trace", condition=~models.Q(trace_id="")),
            models.Index(fields=("target_id", "id"), name="event_by_target", condition=~models.Q(target_id="")),
            models.Index(
                fields=("id",), name="event_guarded", condition=~models.Q(guardrail_verdict__in=("", "allow"))
            ),
            models.Index(fields=("outcome", "id"), name="event_not_success", condition=~models.Q(outcome="success")),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
