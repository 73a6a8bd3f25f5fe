"""Tiles: 256 hashes of one row in one piece (C2SP tlog-tiles, height 8)."""

from collections.abc import Callable, Iterable, MutableMapping

from .nodes import HASH_SIZE, folded
from .proofs import Subtree

HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL = WIDTH * HASH_SIZE
Name = tuple[int, int]  # level, number


class TileMissing(ValueError):
    """A tile that the tree of this size needs is not there, or is too short."""


def path(level: int, n: int, width: int = WIDTH) -> str:
    """Where a tile lies: tile/<level>/<n>[.p/<width>]."""
    return f"tile/{level}/{number_path(n)}" + (f".p/{width}" if width < WIDTH else "")


def entries_path(n: int, width: int = WIDTH) -> str:
    """Where a bundle of entries lies."""
    return f"tile/entries/{number_path(n)}" + (f".p/{width}" if width < WIDTH else "")


def number_path(n: int) -> str:
    """1234067 is x001/x234/067."""
    text = f"{n % 1000:03d}"
    while n := n // 1000:
        text = f"x{n % 1000:03d}/{text}"
    return text


def edge(size: int) -> list[Name]:
    """The partial tiles at the right edge of a tree of `size` leaves."""
    found, level = [], 0
    while row := size >> (HEIGHT * level):
        if row % WIDTH:
            found.append((level, row // WIDTH))
        level += 1
    return found


def names(size: int) -> list[tuple[int, int, int]]:
    """Every tile (level, number, width) of a tree of `size` leaves."""
    found, level = [], 0
    while row := size >> (HEIGHT * level):
        found += [(level, n, WIDTH) for n in range(row // WIDTH)]
        if row % WIDTH:
            found.append((level, row // WIDTH, row % WIDTH))
        level += 1
    return found


def grow(tiles: MutableMapping[Name, bytes], size: int, leaves: Iterable[bytes]) -> set[Name]:
    """Append leaf hashes to a tree of `size`: the tiles that changed. `tiles` holds its edge() and takes them in."""
    changed: set[Name] = set()
    row, level = list(leaves), 0
    while row:
        above, at = [], size >> (HEIGHT * level)
        while row:
            name = (level, at // WIDTH)
            room = WIDTH - at % WIDTH
            taken, row = row[:room], row[room:]
            tiles[name] = tiles.get(name, b"")[: at % WIDTH * HASH_SIZE] + b"".join(taken)
            changed.add(name)
            at += len(taken)
            if at % WIDTH == 0:
                above.append(folded(hashes(tiles[name])))
        row, level = above, level + 1
    return changed


def hashes(tile: bytes) -> list[bytes]:
    """One by one."""
    return [tile[n : n + HASH_SIZE] for n in range(0, len(tile), HASH_SIZE)]


def subtrees(tile: Callable[[int, int], bytes]) -> Subtree:
    """Whole subtrees, read by `tile(level, n)`, which gives what there is of one. It raises TileMissing when called."""

    def subtree(level: int, index: int) -> bytes:
        first = index << (level % HEIGHT)
        n, start = first // WIDTH, first % WIDTH * HASH_SIZE
        part = tile(level // HEIGHT, n)[start : start + (HASH_SIZE << (level % HEIGHT))]
        if len(part) != HASH_SIZE << (level % HEIGHT):
            raise TileMissing(f"tile {level // HEIGHT}/{n} is missing or too short")
        return folded(hashes(part))

    return subtree
