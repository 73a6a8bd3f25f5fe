from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_client_keys")]

    operations = [
        migrations.AddField(
            "organisation",
            "dpop_required",
            models.BooleanField(
                default=False,
                help_text="Tokens must be bound to a key of the client's (DPoP). API keys are then for exchanging only.",
                verbose_name="only bound tokens",
            ),
        ),
        migrations.AddField(
            "serviceaccount",
            "dpop_required",
            models.BooleanField(
                default=False,
                help_text="Its tokens must be bound to a key of its own (DPoP).",
                verbose_name="only bound tokens",
            ),
        ),
        migrations.AddField("refreshfamily", "dpop_key", models.CharField(blank=True, editable=False, max_length=43)),
    ]
