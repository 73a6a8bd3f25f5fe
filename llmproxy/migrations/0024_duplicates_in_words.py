from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_service_account_address_help"),
        ("llmproxy", "0023_call_ids_of_earlier_rows"),
    ]

    operations = [
        migrations.AlterConstraint(
            model_name="modelpreset",
            name="shared_preset_name_once",
            constraint=models.UniqueConstraint(
                condition=models.Q(("organisation__isnull", True)),
                fields=("public_name",),
                name="shared_preset_name_once",
                violation_error_message="There is a shared preset of this name already.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="responsecache",
            name="response_cache_for_all_once",
            constraint=models.UniqueConstraint(
                condition=models.Q(("route__isnull", True)),
                fields=("organisation",),
                name="response_cache_for_all_once",
                violation_error_message="There is a rule for all routes of this organisation already.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="route",
            name="shared_route_name_once",
            constraint=models.UniqueConstraint(
                condition=models.Q(("organisation__isnull", True)),
                fields=("public_name",),
                name="shared_route_name_once",
                violation_error_message="There is a shared route of this name already.",
            ),
        ),
    ]
