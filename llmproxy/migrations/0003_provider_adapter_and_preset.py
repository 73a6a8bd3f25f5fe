from django.db import migrations, models

import llmproxy.models.kinds


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0002_credential_tokens_and_options"),
    ]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="adapter",
            field=models.CharField(
                choices=llmproxy.models.kinds.adapter_choices,
                default="standard",
                help_text="How addresses are built.",
                max_length=32,
                verbose_name="addresses",
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="discovery_path",
            field=models.CharField(
                blank=True, default="models", help_text="Where its models are listed; empty: nowhere.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="preset",
            field=models.SlugField(blank=True, editable=False, max_length=63),
        ),
    ]
