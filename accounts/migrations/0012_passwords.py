import django.utils.timezone
import uuid_utils.compat
from django.db import migrations, models


def _take_over_epochs(apps, schema_editor):
    """Sessions that go on belong to the epoch that their person has now."""
    families, people = apps.get_model("accounts", "RefreshFamily"), apps.get_model("accounts", "User")
    mine = people.objects.filter(pk=models.OuterRef("user_id")).values("epoch")[:1]
    families.objects.update(epoch=models.Subquery(mine))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PasswordReset",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=254)),
                ("address", models.CharField(max_length=45)),
                ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("handled_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("created_at",),
            },
        ),
        migrations.AddField(
            model_name="refreshfamily",
            name="epoch",
            field=models.PositiveBigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="password_is_short",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunPython(_take_over_epochs, migrations.RunPython.noop, elidable=True),
    ]
