"""The vendored encodings. Each is loaded at its first use: 0.2 to 0.4 s and 45 to 70 MB."""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Final

import tiktoken

DIRECTORY: Final = Path(__file__).resolve().parents[1] / "data" / "tiktoken"
CL100K, O200K = "cl100k_base", "o200k_base"
FILES: Final = {
    CL100K: (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
    O200K: (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
}
CACHE_VARIABLE: Final = "TIKTOKEN_CACHE_DIR"


class RanksDamaged(RuntimeError):
    """A vendored file is missing or is not the one that was vendored."""


@cache
def encoding(name: str) -> tiktoken.Encoding:
    """`cl100k_base` or `o200k_base`.

    The file is checked here first: tiktoken would answer a damaged one by fetching another from the network.

    Raises:
        RanksDamaged: see there.
        KeyError: another name.
    """
    file, digest = FILES[name]
    try:
        content = (DIRECTORY / file).read_bytes()
    except OSError as error:
        raise RanksDamaged(f"The ranks of {name} are missing.") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise RanksDamaged(f"The ranks of {name} are damaged.")
    os.environ[CACHE_VARIABLE] = str(DIRECTORY)  # the only way in which tiktoken takes the directory
    return tiktoken.get_encoding(name)
