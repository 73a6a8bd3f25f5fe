"""Versions of the audit policy: proposed, approved by a second person."""

import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0012_control_changes")]
    operations = [
        migrations.CreateModel(
            name="AuditPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.CharField(blank=True, max_length=64)),
                ("number", models.PositiveIntegerField()),
                ("rules", models.JSONField(default=list)),
                ("fail_modes", models.JSONField(default=dict)),
                ("largest_kib", models.PositiveIntegerField(default=256)),
                ("valid_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                        ],
                        default="proposed",
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
            ],
            options={
                "verbose_name": "audit policy",
                "verbose_name_plural": "audit policies",
                "db_table": "audit_policy",
                "ordering": ("-id",),
                "permissions": (("decide_auditpolicy", "Approves or denies changes of what is recorded"),),
                "constraints": [
                    models.UniqueConstraint(fields=("organisation_id", "number"), name="one_policy_of_a_number")
                ],
            },
        ),
    ]
