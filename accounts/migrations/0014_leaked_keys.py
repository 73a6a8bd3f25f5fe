from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_service_account_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="leaked_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="seen in an address"),
        ),
    ]
