"""Results of checks of the whole log."""

import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_build_tree")]

    operations = [
        migrations.CreateModel(
            name="VerificationRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("running", "Running"),
                            ("holds", "Everything holds"),
                            ("broken", "Something is wrong"),
                            ("failed", "Could not be checked"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("columns", models.BooleanField(default=False)),
                ("asked_by", models.CharField(blank=True, max_length=150)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("touched_at", models.DateTimeField(auto_now=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("size", models.BigIntegerField(default=0)),
                ("checked", models.BigIntegerField(default=0)),
                ("events", models.BigIntegerField(default=0)),
                ("findings", models.JSONField(default=list)),
                ("notes", models.JSONField(default=list)),
                ("more", models.IntegerField(default=0)),
            ],
            options={"verbose_name": "verification", "db_table": "audit_verification", "ordering": ("-id",)},
        ),
    ]
