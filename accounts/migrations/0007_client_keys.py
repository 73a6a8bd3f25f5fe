from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_idempotent_answer")]

    operations = [
        migrations.AddField(
            "clientcredential",
            "kind",
            models.CharField(
                choices=[("secret", "Secret"), ("public_key", "Public key")],
                default="secret",
                editable=False,
                max_length=16,
            ),
        ),
        migrations.AddField("clientcredential", "public_jwk", models.JSONField(editable=False, null=True)),
        migrations.AddField(
            "clientcredential", "last_used_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AlterField(
            "clientcredential", "pepper", models.CharField(blank=True, editable=False, max_length=32)
        ),
    ]
