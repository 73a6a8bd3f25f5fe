import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0014_probe_every_minute"),
    ]

    operations = [
        migrations.AlterField(
            model_name="budget",
            name="alert_url",
            field=models.CharField(
                blank=True,
                max_length=500,
                validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                verbose_name="webhook for alerts",
            ),
        ),
    ]
