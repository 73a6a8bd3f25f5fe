from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0019_named_budgets"),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("call", "Call"),
                    ("hedge", "Hedge"),
                    ("shadow", "Shadow"),
                    ("filtered", "Filtered"),
                ],
                default="call",
                max_length=8,
            ),
        ),
    ]
