from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_rollups")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("session_id", ""), _negated=True),
                fields=["session_id", "id"],
                name="event_by_session",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("trace_id", ""), _negated=True), fields=["trace_id", "id"], name="event_by_trace"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("target_id", ""), _negated=True), fields=["target_id", "id"], name="event_by_target"
            ),
        ),
    ]
