from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0013_ledger_caught_up"),
    ]

    operations = [
        migrations.AlterField(
            model_name="modeldeployment",
            name="probe",
            field=models.BooleanField(
                default=False,
                help_text="A small call every minute: a failure opens its circuit, a good answer closes it. It costs.",
                verbose_name="probe its health",
            ),
        ),
    ]
