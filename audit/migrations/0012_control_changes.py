from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0011_destinations")]

    operations = [
        migrations.CreateModel(
            name="ControlChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("table", models.CharField(max_length=100)),
                ("verb", models.CharField(max_length=16)),
                ("row", models.TextField(blank=True)),
                ("columns", models.TextField(blank=True)),
                ("txid", models.CharField(blank=True, db_index=True, max_length=64)),
                ("role", models.CharField(blank=True, max_length=100)),
            ],
            options={"verbose_name": "noted change", "db_table": "audit_control_change", "ordering": ("id",)},
        ),
    ]
