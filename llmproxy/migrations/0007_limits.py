import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_client_keys"),
        ("llmproxy", "0006_routing_policies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Limit",
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
                    "unit",
                    models.CharField(
                        choices=[("requests", "Requests"), ("tokens", "Tokens"), ("parallel", "Parallel calls")],
                        default="requests",
                        max_length=16,
                    ),
                ),
                (
                    "amount",
                    models.PositiveBigIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000000000000),
                        ]
                    ),
                ),
                (
                    "window",
                    models.CharField(
                        blank=True,
                        choices=[("minute", "a minute"), ("hour", "an hour"), ("day", "a day")],
                        default="minute",
                        help_text="Empty for parallel calls.",
                        max_length=16,
                    ),
                ),
                (
                    "shadow",
                    models.BooleanField(
                        default=False, help_text="Refuses nobody: what it would have refused is put on record."
                    ),
                ),
                (
                    "when_away",
                    models.CharField(
                        choices=[("refuse", "refuse calls"), ("admit", "let calls pass")],
                        default="refuse",
                        max_length=16,
                        verbose_name="while the store is away",
                    ),
                ),
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
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="limit_name_once"),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 1)), name="limit_of_something"),
        ),
        migrations.AddConstraint(
            model_name="limit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("unit", "parallel"), ("window", "")),
                    models.Q(models.Q(("unit", "parallel"), _negated=True), models.Q(("window", ""), _negated=True)),
                    _connector="OR",
                ),
                name="limit_window_where_needed",
            ),
        ),
    ]
