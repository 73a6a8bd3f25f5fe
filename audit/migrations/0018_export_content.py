"""Exports that hold what was said."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0017_partitions")]
    operations = [
        migrations.AddField(
            model_name="exportjob",
            name="with_content",
            field=models.BooleanField(default=False),
        ),
    ]
