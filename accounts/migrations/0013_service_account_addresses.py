from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_passwords")]

    operations = [
        migrations.AddField(
            "serviceaccount",
            "allowed_ips",
            models.JSONField(
                blank=True,
                default=list,
                help_text="Where its tokens may be used from; empty for any.",
                verbose_name="allowed addresses",
            ),
        ),
    ]
