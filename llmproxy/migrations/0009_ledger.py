import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_client_keys"),
        ("llmproxy", "0008_budgets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Repricing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(verbose_name="to")),
                (
                    "model",
                    models.CharField(blank=True, help_text="A public model name; empty: of all.", max_length=256),
                ),
                ("only_unknown", models.BooleanField(default=True, verbose_name="only calls without a price")),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waits for approval"),
                            ("denied", "Denied"),
                            ("approved", "Waits for a worker"),
                            ("done", "Done"),
                        ],
                        default="requested",
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                ("changed", models.BigIntegerField(default=0, editable=False, verbose_name="calls changed")),
                ("difference_nano", models.BigIntegerField(default=0, editable=False)),
                (
                    "decided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: of all.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "permissions": (("decide_repricing", "Approves or denies what others ask to price anew"),),
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("team_id", models.CharField(blank=True, max_length=64)),
                ("principal", models.CharField(blank=True, max_length=255)),
                ("principal_name", models.CharField(blank=True, max_length=255)),
                ("key_id", models.CharField(blank=True, max_length=64)),
                ("end_user", models.CharField(blank=True, max_length=200)),
                ("cost_centre", models.CharField(blank=True, max_length=64)),
                ("tags", models.JSONField(default=list)),
                ("endpoint", models.CharField(blank=True, max_length=64)),
                ("model", models.CharField(blank=True, max_length=256)),
                ("model_served", models.CharField(blank=True, max_length=256)),
                ("provider", models.CharField(blank=True, max_length=64)),
                ("deployment_id", models.CharField(blank=True, max_length=64)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("outcome", models.CharField(max_length=16)),
                ("error_code", models.CharField(blank=True, max_length=64)),
                ("streamed", models.BooleanField(default=False)),
                ("batch", models.BooleanField(default=False)),
                ("tokens_in", models.BigIntegerField(default=0)),
                ("tokens_cached", models.BigIntegerField(default=0)),
                ("tokens_cache_write", models.BigIntegerField(default=0)),
                ("tokens_out", models.BigIntegerField(default=0)),
                ("tokens_reasoning", models.BigIntegerField(default=0)),
                ("units", models.JSONField(default=dict)),
                ("usage_source", models.CharField(default="none", max_length=16)),
                ("price_id", models.CharField(blank=True, max_length=64)),
                ("cost_nano", models.BigIntegerField(null=True)),
                ("charged_nano", models.BigIntegerField(default=0)),
                ("reserved_nano", models.BigIntegerField(default=0)),
                ("writer", models.UUIDField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "repricing",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="llmproxy.repricing",
                    ),
                ),
            ],
            options={
                "verbose_name": "ledger entry",
                "verbose_name_plural": "ledger",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="LedgerCursor",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("next_leaf", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="repricing",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("since"))), name="repricing_forward"
            ),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["organisation", "at"], name="ledger_by_organisation"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["at"], name="ledger_by_time"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["key_id", "at"], name="ledger_by_key"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["writer", "at"], name="ledger_by_writer"),
        ),
    ]
