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
                    ("hedge", "Hedge: another was asked as well and was faster"),
                    ("shadow", "Shadow: a copy whose answer is dropped"),
                    ("filtered", "Filtered: dropped, and a fallback answered"),
                ],
                default="call",
                max_length=8,
            ),
        ),
    ]
