from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0003_provider_adapter_and_preset"),
    ]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="more_wires",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Others that it answers below the same base URL. Calls in these go through untouched.",
                verbose_name="further wire formats",
            ),
        ),
    ]
