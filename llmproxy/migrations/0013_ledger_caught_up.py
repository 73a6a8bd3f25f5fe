from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0012_prices_beside_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgercursor",
            name="caught_up_at",
            field=models.DateTimeField(null=True),
        ),
    ]
