"""Places outside the house that checkpoints or events are sent to, and what became of each checkpoint."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.outside import outside

LONGEST_PAUSE = timedelta(hours=1)
STANDING = ["failures", "problem", "succeeded_at", "next_at"]


class DestinationQuerySet(models.QuerySet["Destination"]):
    """Destinations."""

    def due(self, takes: str) -> "DestinationQuerySet":
        """Those that are on and not pausing after a failure."""
        now = timezone.now()
        return self.filter(models.Q(next_at=None) | models.Q(next_at__lte=now), takes=takes, enabled=True)


class Destination(models.Model):
    """One place, and how far it has got. Checkpoints that lie elsewhere are anchors; streams of events are sinks."""

    class Kind(models.TextChoices):
        """How it is reached."""

        FILE = "file", "File on another disk"
        SYSLOG = "syslog", "Syslog (RFC 5424)"
        WEBHOOK = "webhook", "Webhook, signed"
        MAIL = "mail", "Mail"
        S3 = "s3", "S3 bucket"
        TIMESTAMP = "timestamp", "Time stamp authority (RFC 3161)"
        OTLP = "otlp", "OpenTelemetry logs (OTLP/HTTP)"
        KAFKA = "kafka", "Apache Kafka"

    class Takes(models.TextChoices):
        """What it is sent."""

        CHECKPOINTS = "checkpoints", "Checkpoints (anchor)"
        EVENTS = "events", "Every event (sink)"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    takes = models.CharField(max_length=16, choices=Takes.choices, default=Takes.CHECKPOINTS)
    address = models.CharField(
        max_length=500,
        help_text="File: a name. Webhook, time stamps, OTLP: a URL. Syslog: tls://host:6514, tcp:// or udp://. "
        "Kafka: kafkas://host:9093/topic. Mail: an address. S3: https://endpoint/bucket/prefix?region=eu-central-1",
    )
    identity = models.CharField(
        max_length=200,
        blank=True,
        help_text="S3: the access key id. OTLP: the name of a header, such as X-Api-Key. Kafka: the user (SASL PLAIN).",
    )
    secret_sealed = models.TextField(blank=True, editable=False)
    certificate = models.TextField(
        blank=True, help_text="Time stamps: the authority's certificate or its issuer's, as PEM."
    )
    lock_days = models.PositiveIntegerField(
        default=0, help_text="S3: days for which nobody can delete the object (object lock, compliance mode); 0: none."
    )
    every_minutes = models.PositiveIntegerField(default=60, help_text="Checkpoints: at most one in so many minutes.")
    enabled = models.BooleanField(default=True)
    position = models.BigIntegerField(default=0, help_text="Events: the leaf to go on from.")
    next_at = models.DateTimeField(null=True, blank=True, editable=False)
    succeeded_at = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.IntegerField(default=0, editable=False)
    problem = models.CharField(max_length=500, blank=True, editable=False)

    objects = DestinationQuerySet.as_manager()

    class Meta:
        db_table = "audit_destination"
        ordering = ("name",)
        verbose_name = "destination"

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """Empty where there is none. Raises ValueError: it cannot be opened."""
        return outside().unseal(self.secret_sealed, self._aad) if self.secret_sealed else ""

    @secret.setter
    def secret(self, text: str) -> None:
        self.secret_sealed = outside().seal(text, self._aad) if text else ""

    @property
    def _aad(self) -> str:
        return f"audit.destination.secret:{self.pk}"

    def succeeded(self, position: int) -> None:
        """What was sent arrived."""
        self.position, self.failures, self.problem = position, 0, ""
        self.succeeded_at = timezone.now()
        pause = timedelta(minutes=self.every_minutes) if self.takes == self.Takes.CHECKPOINTS else timedelta()
        self.next_at = timezone.now() + pause
        self.save(update_fields=["position", *STANDING])

    def failed(self, problem: str) -> bool:
        """It did not; try again after a pause that doubles. Whether this is the first time since it worked."""
        self.failures += 1
        self.problem = problem[:500]
        self.next_at = timezone.now() + min(LONGEST_PAUSE, timedelta(seconds=5 * 2 ** min(self.failures, 12)))
        self.save(update_fields=STANDING)
        return self.failures == 1

    def clean(self) -> None:
        """Raises ValidationError: this kind does not take that."""
        only = {
            self.Kind.MAIL: self.Takes.CHECKPOINTS,
            self.Kind.TIMESTAMP: self.Takes.CHECKPOINTS,
            self.Kind.OTLP: self.Takes.EVENTS,
        }
        wanted = only.get(self.Kind(self.kind)) if self.kind in self.Kind.values else None
        if wanted is not None and self.takes != wanted:
            raise ValidationError({"takes": f"{self.get_kind_display()} takes only {wanted}."})


class Anchor(models.Model):
    """A checkpoint that was laid down elsewhere. In the application's database: the log's may be rolled back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    destination = models.ForeignKey(Destination, on_delete=models.CASCADE, related_name="anchors")
    size = models.BigIntegerField()
    note = models.TextField()
    receipt = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_anchor"
        ordering = ("-id",)
        verbose_name = "anchor"

    def __str__(self) -> str:
        return f"{self.size} events at {self.destination}"
