from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_revocation")]

    operations = [
        migrations.AddField("apikey", "previous_digest", models.BinaryField(editable=False, max_length=32, null=True)),
        migrations.AddField(
            "apikey", "previous_pepper", models.CharField(blank=True, editable=False, max_length=32, default="")
        ),
        migrations.AddField("apikey", "previous_until", models.DateTimeField(blank=True, editable=False, null=True)),
    ]
