from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0018_tags_of_earlier_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="budget",
            name="named_only",
            field=models.BooleanField(
                default=False,
                help_text="Concerns only calls of tokens that were made for it (token exchange with “budget”): "
                "a smaller one for a job or an agent, besides all others.",
                verbose_name="only for tokens that name it",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="budget_id",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
