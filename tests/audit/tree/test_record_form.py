"""Record bytes are what RFC 8785 makes of them; ids are RFC 9562's version 7."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

VECTORS = Path(__file__).parents[2] / "vectors"
JCS = VECTORS / "jcs-rfc8785" / "testdata"


def integers(value: Any) -> Any:
    """Records hold no floats: 56.0 becomes the integer that its canonical form shows."""
    if isinstance(value, dict):
        return {name: integers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [integers(item) for item in value]
    return int(value) if isinstance(value, float) else value


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode"])
def test_our_encoder_makes_the_canonical_form(name: str) -> None:
    value = integers(json.loads((JCS / "input" / f"{name}.json").read_text()))
    ours = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    assert ours == (JCS / "output" / f"{name}.json").read_bytes().rstrip(b"\n")


def test_the_time_in_a_uuid_is_where_we_look_for_it() -> None:
    example = json.loads((VECTORS / "uuidv7" / "rfc9562_a6.json").read_text())
    event_id = UUID(example["uuid"])
    assert event_id.version == 7
    assert datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC) == datetime.fromisoformat(example["utc"])
