"""The tree over the records that were stored before there was one, from their exact bytes."""

from collections.abc import Iterator
from typing import Any

from django.db import migrations

from audit.tree import tiles
from audit.tree.frontier import Frontier
from audit.tree.leaves import leaf_hash

CHUNK = 4096


def build(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    state, _ = apps.get_model("audit", "TreeState").objects.using(alias).get_or_create(id=1)
    grown: dict[tiles.Name, bytes] = {}
    tree = Frontier()
    for leaves in _leaves(apps, alias, state.size):
        tiles.grow(grown, tree.size, leaves)
        tree.extend(leaves)
    tile = apps.get_model("audit", "TreeTile")
    tile.objects.using(alias).all().delete()
    tile.objects.using(alias).bulk_create(
        [tile(id=level << 48 | n, hashes=hashes) for (level, n), hashes in grown.items()], batch_size=500
    )
    state.frontier = tree.packed()
    state.save(using=alias)


def _leaves(apps: Any, alias: str, size: int) -> Iterator[list[bytes]]:
    events = apps.get_model("audit", "AuditEvent").objects.using(alias)
    for first in range(0, size, CHUNK):
        end = min(size, first + CHUNK)
        rows = events.filter(leaf_index__gte=first, leaf_index__lt=end).order_by("leaf_index")
        found = list(rows.values_list("leaf_index", "raw"))
        if [index for index, _ in found] != list(range(first, end)):
            raise RuntimeError(f"records {first} to {end - 1} are not complete: see `manage.py audit verify`")
        yield [leaf_hash(bytes(raw)) for _, raw in found]


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_tree_tiles_checkpoints")]
    operations = [migrations.RunPython(build, migrations.RunPython.noop, hints={"audit_log": True})]
