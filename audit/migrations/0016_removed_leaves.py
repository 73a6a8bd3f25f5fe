"""Which leaves were removed, which keys were destroyed, and by which event."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0015_retention")]
    operations = [
        migrations.CreateModel(
            name="PurgedLeaves",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("retention_class", models.CharField(max_length=32)),
                ("first", models.BigIntegerField()),
                ("end", models.BigIntegerField()),
                ("count", models.BigIntegerField()),
                ("runs", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "removed leaves",
                "db_table": "audit_purged_leaves",
                "ordering": ("at",),
            },
        ),
        migrations.AddField(
            model_name="subjectkey",
            name="shred_event",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="treestate",
            name="pruned_below",
            field=models.BigIntegerField(default=0),
        ),
    ]
