from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="provider",
            name="options",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What the service needs besides, such as region: see docs/providers.md.",
            ),
        ),
        migrations.AddField(
            model_name="providercredential",
            name="access_token_expires_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="providercredential",
            name="access_token_problem",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="providercredential",
            name="access_token_sealed",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AlterField(
            model_name="provider",
            name="auth_header_name",
            field=models.CharField(
                blank=True,
                help_text="Where the key goes, if the scheme leaves that open: such as api-key.",
                max_length=64,
                verbose_name="header or parameter",
            ),
        ),
        migrations.AlterField(
            model_name="providercredential",
            name="weight",
            field=models.PositiveIntegerField(default=1, help_text="Share of the calls; 0: only if there is no other."),
        ),
    ]
