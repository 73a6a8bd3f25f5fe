"""Exports of evidence that a second person approves."""

import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0009_verification_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("bundle", "Evidence with proofs (bundle)"),
                            ("jsonl", "Records, one a line (JSONL)"),
                            ("csv", "Table for a spreadsheet (CSV)"),
                            ("parquet", "Table for analysis (Parquet)"),
                            ("ocsf", "OCSF events, one a line"),
                            ("cloudevents", "CloudEvents batch"),
                            ("syslog", "Syslog messages (RFC 5424)"),
                        ],
                        max_length=16,
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waits for approval"),
                            ("denied", "Denied"),
                            ("approved", "Waits for a worker"),
                            ("building", "Being built"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("expired", "Deleted after its time"),
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
                ("touched_at", models.DateTimeField(auto_now=True)),
                ("percent", models.SmallIntegerField(default=0)),
                ("events", models.BigIntegerField(default=0)),
                ("size", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("expires_at", models.DateTimeField(null=True)),
                ("downloads", models.IntegerField(default=0)),
            ],
            options={
                "verbose_name": "export",
                "db_table": "audit_export_job",
                "ordering": ("-id",),
                "permissions": (("decide_exportjob", "Approves or denies what others ask to export"),),
            },
        ),
    ]
