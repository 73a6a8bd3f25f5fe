from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0021_sensible_maxima"),
    ]

    operations = [
        migrations.AlterField(
            model_name="provider",
            name="quirks",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="rename, drop, extra_body, extra_headers, call_id_length, custom_tools: see docs/providers.md.",
            ),
        ),
    ]
