"""What was said: sealed bodies, their keys, which call each is of, where secrets were seen."""

import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_audit_policy")]
    operations = [
        migrations.CreateModel(
            name="SecretSighting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("month", models.CharField(max_length=7)),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("content_id", models.UUIDField()),
                ("request_id", models.CharField(max_length=64)),
                ("occurred_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "sighting of a secret",
                "db_table": "audit_secret_sighting",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["digest"], name="sighting_by_digest")],
                "constraints": [
                    models.UniqueConstraint(fields=("content_id", "digest"), name="one_sighting_of_a_secret")
                ],
            },
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("month", models.CharField(max_length=7)),
                ("subject_ref", models.CharField(max_length=64)),
                ("wrapped_key", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("shredded_at", models.DateTimeField(null=True)),
                ("shred_reason", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name": "content key",
                "db_table": "audit_subject_key",
                "indexes": [
                    models.Index(fields=["organisation_id", "month", "subject_ref"], name="subject_key_by_month"),
                    models.Index(fields=["subject_ref"], name="subject_key_by_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditBlob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("address", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("stored_size", models.BigIntegerField()),
                ("codec", models.CharField(default="zstd", max_length=16)),
                ("cipher", models.CharField(default="aes-256-gcm", max_length=16)),
                ("nonce", models.BinaryField(max_length=12)),
                ("sha256_cipher", models.CharField(max_length=64)),
                (
                    "location",
                    models.CharField(choices=[("inline", "Inline"), ("file", "File"), ("gone", "Gone")], max_length=8),
                ),
                ("data", models.BinaryField(default=b"")),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="blobs", to="audit.subjectkey"
                    ),
                ),
            ],
            options={
                "verbose_name": "sealed body",
                "db_table": "audit_blob",
            },
        ),
        migrations.CreateModel(
            name="KeptContent",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("request_id", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[("request", "What was asked"), ("answer", "What was answered")], max_length=8
                    ),
                ),
                (
                    "size",
                    models.BigIntegerField(
                        help_text="What went over the wire, in bytes; more than is kept where it was cut."
                    ),
                ),
                ("cut", models.BooleanField(default=False)),
                ("occurred_at", models.DateTimeField()),
                (
                    "original",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="originals", to="audit.auditblob"
                    ),
                ),
                (
                    "redacted",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="redacted", to="audit.auditblob"
                    ),
                ),
            ],
            options={
                "verbose_name": "kept content",
                "db_table": "audit_kept_content",
                "ordering": ("id",),
                "indexes": [models.Index(fields=["request_id"], name="content_by_request")],
                "permissions": (
                    ("read_content", "Reads what was said, with a reason"),
                    ("read_original", "Reads it with personal data"),
                ),
            },
        ),
    ]
