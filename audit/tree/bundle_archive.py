"""A bundle as one file: a zip archive, unpacked only for the time of the check."""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from .bundle_directory import BundleUnreadable

MOST_FILES = 1_000_000
BLOCK = 1 << 20


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder of a bundle: `path` itself, or what the archive at `path` holds, in a folder that is then deleted.

    Raises:
        BundleUnreadable: neither, or an archive that names files outside itself or is larger than it says.
        OSError: no room.
    """
    if path.is_dir():
        yield path
        return
    with TemporaryDirectory(prefix="gatehouse-audit-") as name:
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, Path(name))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise BundleUnreadable(f"{path.name} is no zip archive of a bundle: {error}") from error
        yield Path(name)


def _unpack(archive: zipfile.ZipFile, directory: Path) -> None:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    room = shutil.disk_usage(directory).free
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > room:
        raise BundleUnreadable("the archive holds more than there is room for")
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if not parts or ".." in parts or parts[0].startswith("/") or "\\" in entry.filename:
            raise BundleUnreadable("the archive names a file outside itself")
        target = directory.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as packed, target.open("wb") as file:  # reads no more than file_size says
            shutil.copyfileobj(packed, file, BLOCK)
