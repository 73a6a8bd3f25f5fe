"""What was said: sealed bodies, the keys that open them, and which call each is of (AUDIT 4)."""

from django.db import models
from uuid_utils.compat import uuid7


class SubjectKeyQuerySet(models.QuerySet["SubjectKey"]):
    """Keys."""

    def alive(self) -> "SubjectKeyQuerySet":
        """Those that still open something."""
        return self.filter(shredded_at=None)

    def expired(self, organisation_id: str, before_month: str) -> "SubjectKeyQuerySet":
        """Those of an organisation whose month is over for longer than content is kept."""
        return self.alive().filter(organisation_id=organisation_id, month__lt=before_month)


class SubjectKey(models.Model):
    """The key of one person's content of one month; destroying it destroys that content wherever copies of it are."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    month = models.CharField(max_length=7)  # 2026-11
    subject_ref = models.CharField(max_length=64)
    wrapped_key = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    shredded_at = models.DateTimeField(null=True)
    shred_reason = models.CharField(max_length=64, blank=True)
    shred_event = models.UUIDField(null=True)

    objects = SubjectKeyQuerySet.as_manager()

    class Meta:
        db_table = "audit_subject_key"
        verbose_name = "content key"
        indexes = (
            models.Index(fields=("organisation_id", "month", "subject_ref"), name="subject_key_by_month"),
            models.Index(fields=("subject_ref",), name="subject_key_by_subject"),
        )

    def __str__(self) -> str:
        return f"{self.month} {self.subject_ref[:8]}"


class AuditBlob(models.Model):
    """One sealed body. Its address follows from key and content, so that the same content is kept once under a key."""

    class Location(models.TextChoices):
        """Where the sealed bytes lie."""

        INLINE = "inline"
        FILE = "file"
        GONE = "gone"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.ForeignKey(SubjectKey, on_delete=models.PROTECT, related_name="blobs")
    address = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    stored_size = models.BigIntegerField()
    codec = models.CharField(max_length=16, default="zstd")
    cipher = models.CharField(max_length=16, default="aes-256-gcm")
    nonce = models.BinaryField(max_length=12)
    sha256_cipher = models.CharField(max_length=64)
    location = models.CharField(max_length=8, choices=Location.choices)
    data = models.BinaryField(default=b"")

    class Meta:
        db_table = "audit_blob"
        verbose_name = "sealed body"

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"


class KeptContent(models.Model):
    """One body of one call, under the id of the event that says it was kept."""

    class Kind(models.TextChoices):
        """Which of the two."""

        REQUEST = "request", "What was asked"
        ANSWER = "answer", "What was answered"

    id = models.UUIDField(primary_key=True, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    original = models.ForeignKey(AuditBlob, on_delete=models.PROTECT, related_name="originals")
    redacted = models.ForeignKey(AuditBlob, on_delete=models.PROTECT, related_name="redacted")
    size = models.BigIntegerField(help_text="What went over the wire, in bytes; more than is kept where it was cut.")
    cut = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "audit_kept_content"
        ordering = ("id",)
        verbose_name = "kept content"
        indexes = (models.Index(fields=("request_id",), name="content_by_request"),)
        permissions = (
            ("read_content", "Reads what was said, with a reason"),
            ("read_original", "Reads it with personal data"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.request_id}"


class SecretSighting(models.Model):
    """Where a secret was seen that was taken out: by its digest, never by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64)
    month = models.CharField(max_length=7)
    organisation_id = models.CharField(max_length=64, blank=True)
    content_id = models.UUIDField()
    request_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()

    class Meta:
        db_table = "audit_secret_sighting"
        ordering = ("-id",)
        verbose_name = "sighting of a secret"
        indexes = (models.Index(fields=("digest",), name="sighting_by_digest"),)
        constraints = (models.UniqueConstraint(fields=("content_id", "digest"), name="one_sighting_of_a_secret"),)

    def __str__(self) -> str:
        return self.digest
