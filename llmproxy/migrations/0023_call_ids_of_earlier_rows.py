from django.db import migrations

PRESET, LENGTH = "mistral", 9


def fit(apps, schema_editor):
    """Rows made from the preset before it said which ids of tool calls the provider takes."""
    for provider in apps.get_model("llmproxy", "Provider").objects.filter(preset=PRESET, wire="openai_chat"):
        if "call_id_length" not in provider.quirks:
            provider.quirks = {**provider.quirks, "call_id_length": LENGTH}
            provider.save(update_fields=["quirks"])


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0022_quirks_named"),
    ]

    operations = [
        migrations.RunPython(fit, migrations.RunPython.noop, elidable=True),
    ]
