"""How long evidence is kept, legal holds, and requests to destroy what somebody said."""

import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0014_sealed_content")]
    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                        ],
                        default="requested",
                        max_length=16,
                    ),
                ),
                ("requested_by", models.CharField(max_length=64)),
                ("requested_by_name", models.CharField(max_length=150)),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_by_name", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.CharField(blank=True, max_length=500)),
                ("name", models.CharField(max_length=100)),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField(null=True)),
                ("ticket", models.CharField(blank=True, max_length=100)),
                ("placed_by_name", models.CharField(max_length=150)),
                ("placed_at", models.DateTimeField(auto_now_add=True)),
                ("released_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "legal hold",
                "db_table": "audit_legal_hold",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                        ],
                        default="requested",
                        max_length=16,
                    ),
                ),
                ("requested_by", models.CharField(max_length=64)),
                ("requested_by_name", models.CharField(max_length=150)),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_by_name", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.CharField(blank=True, max_length=500)),
                ("retention_class", models.CharField(max_length=32)),
                ("days", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "retention policy",
                "verbose_name_plural": "retention policies",
                "db_table": "audit_retention_policy",
                "ordering": ("-id",),
                "permissions": (
                    ("decide_retention", "Decides on shorter retention, released holds and erased people"),
                ),
            },
        ),
        migrations.CreateModel(
            name="SubjectRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                        ],
                        default="requested",
                        max_length=16,
                    ),
                ),
                ("requested_by", models.CharField(max_length=64)),
                ("requested_by_name", models.CharField(max_length=150)),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_by_name", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_note", models.CharField(blank=True, max_length=500)),
                ("subject_ref", models.CharField(max_length=64)),
                ("other_refs", models.JSONField(default=list)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Waits to be carried out"),
                            ("held", "Waits for a legal hold to end"),
                            ("done", "Carried out"),
                        ],
                        max_length=8,
                    ),
                ),
                ("keys_destroyed", models.PositiveIntegerField(default=0)),
                ("carried_out_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "subject request",
                "db_table": "audit_subject_request",
                "ordering": ("-id",),
            },
        ),
    ]
