from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0021_alerts")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("guardrail_verdict__in", ("", "allow")), _negated=True),
                fields=["id"],
                name="event_guarded",
            ),
        ),
    ]
