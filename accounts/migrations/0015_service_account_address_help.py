from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_leaked_keys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="serviceaccount",
            name="allowed_ips",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Where it may fetch and use tokens; empty for anywhere.",
                verbose_name="allowed addresses",
            ),
        ),
    ]
