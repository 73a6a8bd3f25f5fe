import django.core.validators
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

import llmproxy.models.kinds


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_client_keys"),
        ("llmproxy", "0005_known_models_and_prices"),
    ]

    operations = [
        migrations.AddField(
            model_name="modeldeployment",
            name="breaker_failures",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text="Failures in a row, after which it gets no call for a while. 0: never.",
                validators=[django.core.validators.MaxValueValidator(1000)],
                verbose_name="circuit opens after",
            ),
        ),
        migrations.AddField(
            model_name="modeldeployment",
            name="breaker_seconds",
            field=models.FloatField(
                default=15.0,
                help_text="Seconds, doubled each time that the trial after it fails.",
                validators=[
                    django.core.validators.MinValueValidator(0.1),
                    django.core.validators.MaxValueValidator(300),
                ],
                verbose_name="circuit opens for",
            ),
        ),
        migrations.AddField(
            model_name="modeldeployment",
            name="max_parallel",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="The most that may run, shared by all worker processes. Empty: any number.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="calls at once",
            ),
        ),
        migrations.AddField(
            model_name="modeldeployment",
            name="probe",
            field=models.BooleanField(
                default=False,
                help_text="A small call every minute while its circuit is open, so that no caller has to try it.",
                verbose_name="probe its health",
            ),
        ),
        migrations.AddField(
            model_name="modeldeployment",
            name="queue_seconds",
            field=models.FloatField(
                default=1.0,
                help_text="Seconds that a call waits when that many run and no other deployment has room.",
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(30)],
                verbose_name="wait for a place",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="data_policy",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text='What it promises for the data of calls, such as ["no_training", "zero_retention"].',
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="region",
            field=models.SlugField(
                blank=True,
                help_text="Where it runs, such as eu or eu-west-1; routes and callers may demand it.",
                max_length=63,
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="between_chunks_timeout",
            field=models.FloatField(
                blank=True,
                help_text="Seconds. Empty: the provider's.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.05),
                    django.core.validators.MaxValueValidator(3600),
                ],
                verbose_name="between chunks timeout",
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="connect_timeout",
            field=models.FloatField(
                blank=True,
                help_text="Seconds. Empty: the provider's.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.05),
                    django.core.validators.MaxValueValidator(3600),
                ],
                verbose_name="connect timeout",
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="first_byte_timeout",
            field=models.FloatField(
                blank=True,
                help_text="Seconds. Empty: the provider's.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.05),
                    django.core.validators.MaxValueValidator(3600),
                ],
                verbose_name="first byte timeout",
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="hedge_after",
            field=models.FloatField(
                blank=True,
                help_text="Seconds without an answer after which the next deployment is asked as well; both may charge. Only for calls that are not streamed. Empty: never.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.05),
                    django.core.validators.MaxValueValidator(600),
                ],
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="max_attempts",
            field=models.PositiveSmallIntegerField(
                default=3,
                help_text="Of one call, before the first byte of an answer, fallbacks included.",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)],
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="requirements",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text='What every deployment must meet, such as {"regions": ["eu"], "data": ["no_training"]}.',
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="sticky",
            field=models.CharField(
                blank=True,
                choices=llmproxy.models.kinds.sticky_choices,
                default="",
                help_text="Calls that go to the same deployment as long as it is well.",
                max_length=16,
                verbose_name="keep together",
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="strategy",
            field=models.CharField(
                choices=llmproxy.models.kinds.strategy_choices,
                default="priority",
                help_text="Among deployments of one priority.",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="route",
            name="total_timeout",
            field=models.FloatField(
                blank=True,
                help_text="Seconds. Empty: the provider's.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.05),
                    django.core.validators.MaxValueValidator(3600),
                ],
                verbose_name="total timeout",
            ),
        ),
        migrations.AddField(
            model_name="routedeployment",
            name="conditions",
            field=models.JSONField(
                blank=True, default=dict, help_text='Which calls it takes, such as {"prompt_tokens": {"max": 8000}}.'
            ),
        ),
        migrations.AddField(
            model_name="routedeployment",
            name="role",
            field=models.CharField(choices=llmproxy.models.kinds.role_choices, default="normal", max_length=16),
        ),
        migrations.AddField(
            model_name="routedeployment",
            name="share",
            field=models.FloatField(
                default=5.0,
                help_text="Of the calls, for a canary or a shadow.",
                validators=[
                    django.core.validators.MinValueValidator(0.01),
                    django.core.validators.MaxValueValidator(100),
                ],
                verbose_name="percent",
            ),
        ),
        migrations.AlterField(
            model_name="routedeployment",
            name="weight",
            field=models.PositiveIntegerField(default=1, help_text="Share of its priority; 0: a spare."),
        ),
        migrations.CreateModel(
            name="RouteFallback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="The first that fits is taken.", verbose_name="order"
                    ),
                ),
                (
                    "on",
                    models.CharField(
                        choices=llmproxy.models.kinds.fallback_choices,
                        default="any",
                        max_length=16,
                        verbose_name="after",
                    ),
                ),
                (
                    "statuses",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Of the provider, such as [500, 503]; only for “Certain statuses”.",
                    ),
                ),
                (
                    "route",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fallbacks", to="llmproxy.route"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fallback_of",
                        to="llmproxy.route",
                        verbose_name="go on with",
                    ),
                ),
            ],
            options={
                "verbose_name": "fallback",
                "ordering": ("position", "id"),
            },
        ),
        migrations.CreateModel(
            name="ModelPreset",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("public_name", models.CharField(help_text="What applications send as “model”.", max_length=200)),
                (
                    "parameters",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Sent where the call does not set them, such as {"temperature": 0.2}.',
                    ),
                ),
                (
                    "locked",
                    models.BooleanField(default=False, help_text="The parameters go before what the call sets."),
                ),
                (
                    "system_prompt",
                    models.TextField(blank=True, help_text="Goes before the call's own.", max_length=50000),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: shared by all organisations.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="model_presets",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "route",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="presets", to="llmproxy.route"
                    ),
                ),
            ],
            options={
                "verbose_name": "preset",
                "ordering": ("public_name",),
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "public_name"), name="preset_name_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("organisation__isnull", True)),
                        fields=("public_name",),
                        name="shared_preset_name_once",
                    ),
                ],
            },
        ),
    ]
