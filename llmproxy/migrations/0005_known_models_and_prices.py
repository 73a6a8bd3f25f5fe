from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0004_provider_more_wires"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelFacts",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("catalogue", models.CharField(help_text="Who sells it, such as openai.", max_length=100)),
                ("model", models.CharField(max_length=200)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "context_window",
                    models.PositiveIntegerField(blank=True, help_text="Tokens. Empty: unknown.", null=True),
                ),
                ("max_output", models.PositiveIntegerField(blank=True, help_text="Tokens. Empty: unknown.", null=True)),
                (
                    "capabilities",
                    models.JSONField(blank=True, default=list, help_text="Such as vision or function_calling."),
                ),
                ("source", models.CharField(default="manual", max_length=32)),
                ("source_version", models.CharField(blank=True, max_length=64)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "known models",
                "verbose_name_plural": "known models",
                "ordering": ("catalogue", "model"),
                "constraints": [models.UniqueConstraint(fields=("catalogue", "model"), name="known_model_once")],
            },
        ),
        migrations.AddField(
            model_name="modeldeployment",
            name="facts",
            field=models.ForeignKey(
                blank=True,
                help_text="Where context window, capabilities and price come from. Found by the names; choose it where not.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deployments",
                to="llmproxy.modelfacts",
                verbose_name="known model",
            ),
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "input",
                    models.DecimalField(
                        blank=True,
                        decimal_places=9,
                        help_text="US dollars per million tokens. Empty: unknown.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="input",
                    ),
                ),
                (
                    "cached",
                    models.DecimalField(
                        blank=True,
                        decimal_places=9,
                        help_text="Empty: as other input.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="cached input",
                    ),
                ),
                (
                    "cache_write",
                    models.DecimalField(
                        blank=True,
                        decimal_places=9,
                        help_text="Empty: as other input.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="input written to the cache",
                    ),
                ),
                (
                    "output",
                    models.DecimalField(
                        blank=True,
                        decimal_places=9,
                        help_text="Empty: unknown.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="output",
                    ),
                ),
                (
                    "reasoning",
                    models.DecimalField(
                        blank=True,
                        decimal_places=9,
                        help_text="Empty: as other output.",
                        max_digits=18,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="reasoning",
                    ),
                ),
                (
                    "request",
                    models.DecimalField(
                        decimal_places=9,
                        default=Decimal("0"),
                        max_digits=18,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                        verbose_name="per call",
                    ),
                ),
                (
                    "tiers",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Above so many input tokens, such as {"200000": {"input": "2.50"}}.',
                    ),
                ),
                ("valid_from", models.DateTimeField(default=django.utils.timezone.now)),
                ("valid_to", models.DateTimeField(blank=True, help_text="Empty: until further notice.", null=True)),
                ("source", models.CharField(default="manual", editable=False, max_length=32)),
                ("source_version", models.CharField(blank=True, editable=False, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "deployment",
                    models.ForeignKey(
                        blank=True,
                        help_text="A price of your own for one model; it goes before the published one.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="llmproxy.modeldeployment",
                        verbose_name="model",
                    ),
                ),
                (
                    "facts",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="llmproxy.modelfacts",
                        verbose_name="known model",
                    ),
                ),
            ],
            options={
                "ordering": ("-valid_from",),
                "indexes": [models.Index(fields=["valid_to", "valid_from"], name="price_validity")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("deployment__isnull", False), ("facts__isnull", True)),
                            models.Q(("deployment__isnull", True), ("facts__isnull", False)),
                            _connector="OR",
                        ),
                        name="price_of_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="price_ends_later",
                    ),
                ],
            },
        ),
    ]
