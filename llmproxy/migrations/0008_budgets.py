from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

import llmproxy.models.budget


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_client_keys"),
        ("llmproxy", "0007_limits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(help_text="What denials call it.", max_length=100)),
                ("model", models.CharField(blank=True, help_text="A public model name.", max_length=200)),
                ("endpoint", models.CharField(blank=True, help_text="Such as chat/completions.", max_length=64)),
                (
                    "end_user",
                    models.CharField(
                        blank=True, help_text="As the application names its own user in the call.", max_length=200
                    ),
                ),
                (
                    "per",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Each team, key, end user … by itself; none: all of these calls together.",
                        verbose_name="counted for each",
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=9,
                        max_digits=18,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("1000000000")),
                        ],
                        verbose_name="US dollars",
                    ),
                ),
                (
                    "window",
                    models.CharField(
                        choices=[
                            ("day", "each day"),
                            ("week", "each week, from Monday"),
                            ("month", "each month"),
                            ("rolling_day", "any 24 hours"),
                            ("rolling_week", "any 7 days"),
                            ("rolling_month", "any 30 days"),
                            ("lifetime", "never: once and for all"),
                        ],
                        default="month",
                        max_length=16,
                    ),
                ),
                (
                    "hard",
                    models.BooleanField(default=True, help_text="Refuses what does not fit. Otherwise it only tells."),
                ),
                (
                    "unknown_price",
                    models.CharField(
                        choices=[("refuse", "refuse the call"), ("admit", "let it pass, uncounted")],
                        default="refuse",
                        max_length=16,
                        verbose_name="unknown price",
                    ),
                ),
                (
                    "default_output",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Tokens to hold where a call names no maximum. Empty: what the model can put out at most.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "thresholds",
                    models.JSONField(
                        blank=True,
                        default=llmproxy.models.budget.default_thresholds,
                        help_text="Per cent at which to tell.",
                    ),
                ),
                ("alert_mails", models.JSONField(blank=True, default=list, verbose_name="mail alerts to")),
                ("alert_url", models.URLField(blank=True, max_length=500, verbose_name="webhook for alerts")),
                ("alert_secret_sealed", models.TextField(blank=True, editable=False)),
                (
                    "api_key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.apikey",
                        verbose_name="API key",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: calls of all organisations.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)ss",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "service_account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.serviceaccount",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(class)ss",
                        to="accounts.team",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="BudgetIncrease",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=9,
                        max_digits=18,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("1E-9")),
                            django.core.validators.MaxValueValidator(Decimal("1000000000")),
                        ],
                        verbose_name="US dollars",
                    ),
                ),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("requested", "Waits for approval"), ("approved", "Approved"), ("denied", "Denied")],
                        default="requested",
                        editable=False,
                        max_length=16,
                    ),
                ),
                ("requested_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="increases", to="llmproxy.budget"
                    ),
                ),
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
                "permissions": (("decide_budgetincrease", "Approves or denies what others ask to add to a budget"),),
            },
        ),
        migrations.CreateModel(
            name="BudgetPeriod",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=180)),
                ("bucket", models.BigIntegerField(help_text="When it began: Unix seconds.")),
                ("spent_nano", models.BigIntegerField(default=0)),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="periods", to="llmproxy.budget"
                    ),
                ),
            ],
            options={
                "ordering": ("-bucket", "subject"),
            },
        ),
        migrations.CreateModel(
            name="BudgetLease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worker", models.UUIDField()),
                ("writer", models.UUIDField()),
                ("amount_nano", models.BigIntegerField(default=0)),
                ("reported_nano", models.BigIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="leases", to="llmproxy.budgetperiod"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BudgetAlert",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=180)),
                ("bucket", models.BigIntegerField()),
                ("threshold", models.PositiveIntegerField(help_text="Per cent.")),
                ("spent_nano", models.BigIntegerField()),
                ("limit_nano", models.BigIntegerField()),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=500)),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="llmproxy.budget"
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="budget_name_once"),
        ),
        migrations.AddConstraint(
            model_name="budget",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="budget_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="budgetincrease",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="increase_of_something"),
        ),
        migrations.AddConstraint(
            model_name="budgetperiod",
            constraint=models.UniqueConstraint(fields=("budget", "subject", "bucket"), name="budget_period_once"),
        ),
        migrations.AddIndex(
            model_name="budgetlease",
            index=models.Index(fields=["expires_at"], name="lease_by_end"),
        ),
        migrations.AddConstraint(
            model_name="budgetlease",
            constraint=models.UniqueConstraint(fields=("period", "worker"), name="budget_lease_once"),
        ),
        migrations.AddConstraint(
            model_name="budgetalert",
            constraint=models.UniqueConstraint(
                fields=("budget", "subject", "bucket", "threshold"), name="budget_alert_once"
            ),
        ),
    ]
