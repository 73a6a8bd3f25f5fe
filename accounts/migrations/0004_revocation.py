from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import SET_NULL
from uuid_utils.compat import uuid7

from accounts.models.revocation import RevocationKind


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_signing_key_life_cycle")]

    operations = [
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=RevocationKind.choices, max_length=16, verbose_name="what ends")),
                ("issuer", models.CharField(blank=True, editable=False, max_length=255)),
                (
                    "value",
                    models.CharField(
                        blank=True,
                        help_text="The token's id (jti), or the client id. Empty for all tokens.",
                        max_length=255,
                        verbose_name="which",
                    ),
                ),
                ("epoch", models.PositiveBigIntegerField(default=0, editable=False)),
                ("reason", models.CharField(max_length=200)),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="ended")),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="forgotten"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True, editable=False, null=True, on_delete=SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"verbose_name": "ended token", "ordering": ("-updated_at",)},
        ),
        migrations.AddConstraint(
            "revocation",
            models.UniqueConstraint(fields=("kind", "issuer", "value"), name="one_revocation_of_a_thing"),
        ),
    ]
