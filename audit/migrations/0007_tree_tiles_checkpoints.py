"""The tree's frontier and tiles, signed checkpoints, public keys."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_review")]

    operations = [
        migrations.AddField("treestate", "frontier", models.BinaryField(default=b"")),
        migrations.CreateModel(
            name="TreeTile",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hashes", models.BinaryField()),
            ],
            options={"verbose_name": "tile", "db_table": "audit_tile"},
        ),
        migrations.CreateModel(
            name="SignedCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("signed_at", models.DateTimeField()),
            ],
            options={"verbose_name": "checkpoint", "db_table": "audit_checkpoint", "ordering": ("-size",)},
        ),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("vkey", models.CharField(max_length=512, primary_key=True, serialize=False)),
                ("first_used_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={"verbose_name": "log key", "db_table": "audit_log_key", "ordering": ("first_used_at",)},
        ),
    ]
