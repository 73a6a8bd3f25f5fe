from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_invitation")]

    operations = [
        migrations.AddField("signingkey", "activate_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "signingkey", "compromised_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField("signingkey", "target_date", models.DateField(blank=True, editable=False, null=True)),
        migrations.AddConstraint(
            "signingkey",
            models.UniqueConstraint(fields=("purpose", "target_date"), name="one_signing_key_per_target_date"),
        ),
    ]
