from django.db import migrations

AT_ONCE = 1000


def spread(apps, schema_editor):
    """One row for each tag of the calls that are in the ledger already."""
    entries, tags = apps.get_model("llmproxy", "LedgerEntry"), apps.get_model("llmproxy", "LedgerTag")
    rows = []
    for pk, found in entries.objects.exclude(tags=[]).values_list("pk", "tags").iterator(chunk_size=AT_ONCE):
        rows += [tags(entry_id=pk, tag=tag) for tag in found]
        if len(rows) >= AT_ONCE:
            tags.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    tags.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("llmproxy", "0017_ledger_tag"),
    ]

    operations = [
        migrations.RunPython(spread, migrations.RunPython.noop, elidable=True),
    ]
