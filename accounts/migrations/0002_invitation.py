from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import CASCADE, SET_NULL
from uuid_utils.compat import uuid7

from accounts.models.invitation import default_expiry
from accounts.roles import Role


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(choices=Role.choices, default="developer", max_length=32)),
                ("digest", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(default=default_expiry, editable=False)),
                ("accepted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        editable=False, null=True, on_delete=SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        editable=False, null=True, on_delete=SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(on_delete=CASCADE, related_name="invitations", to="accounts.organisation"),
                ),
                (
                    "team",
                    models.ForeignKey(blank=True, null=True, on_delete=SET_NULL, related_name="+", to="accounts.team"),
                ),
            ],
            options={"ordering": ("-created_at",)},
        ),
    ]
