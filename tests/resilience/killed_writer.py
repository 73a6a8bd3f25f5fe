"""Writes records to a spool as fast as it can and says which are kept, until it is killed."""

import sys
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from audit.record_bytes import encoded  # noqa: E402 (the path has to be there first)
from audit.spool.writer import SpoolWriter  # noqa: E402

if __name__ == "__main__":
    writer = SpoolWriter(Path(sys.argv[1]), sys.argv[2], segment_bytes=64 * 1024)
    while True:
        event_id = str(uuid.uuid4())
        actor = {"id": "", "name": "writer", "type": "system"}
        about = {"actor": actor, "id": event_id, "outcome": "denied", "schema": 1, "ts": 1, "writer": writer.id}
        with writer.lock():
            seq = writer.next_seq
            writer.append(seq, encoded({**about, "seq": seq, "type": "proxy.request.rejected"}), sync=False)
        print(event_id, flush=True)
