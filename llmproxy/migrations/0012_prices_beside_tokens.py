from decimal import Decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0011_response_cache"),
    ]

    operations = [
        migrations.AddField(
            model_name="price",
            name="batch_percent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of the price, for calls with service_tier “batch” or “flex”. Empty: the same price.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="batch, per cent",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="characters",
            field=models.DecimalField(
                blank=True,
                decimal_places=9,
                help_text="US dollars per million characters, of text that is spoken.",
                max_digits=18,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="characters",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="document",
            field=models.DecimalField(
                blank=True,
                decimal_places=9,
                help_text="US dollars a document, where documents are ranked.",
                max_digits=18,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="document",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="image",
            field=models.DecimalField(
                blank=True,
                decimal_places=9,
                help_text="US dollars an image.",
                max_digits=18,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="image",
            ),
        ),
        migrations.AddField(
            model_name="price",
            name="minute",
            field=models.DecimalField(
                blank=True,
                decimal_places=9,
                help_text="US dollars a minute.",
                max_digits=18,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                verbose_name="minute of sound",
            ),
        ),
    ]
