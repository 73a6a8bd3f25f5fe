"""What is kept of what was said in a call, as the audit policy decides: nothing unless it says so."""

from uuid import UUID

import orjson
import structlog
from uuid_utils import uuid7

from audit.apps import AuditConfig
from audit.tree.levels import Level
from audit.tree.policy_rules import Decision
from llmproxy.errors import AuditRefused
from llmproxy.pipeline.call import Call

logger = structlog.get_logger(__name__)
JSON, STREAM = "application/json", "text/event-stream"
COLUMNS = (
    "request_id", "organisation_id", "team_id", "key_id", "key_prefix", "session_id", "http_path", "provider",
    "model_requested", "model_served",
)  # fmt: skip
LONGEST_SUBJECT = 256


class Keeping:
    """The bytes that go to the client, up to the most that is kept. `size`: how many there were in all."""

    __slots__ = ("_pieces", "_room", "size")

    def __init__(self, largest: int) -> None:
        self._pieces: list[bytes] = []
        self._room = largest
        self.size = 0

    def append(self, data: bytes) -> None:
        """Take in what is sent."""
        self.size += len(data)
        if self._room > 0:
            self._pieces.append(data[: self._room])
            self._room -= len(data)

    def body(self) -> bytes:
        """What was kept."""
        return b"".join(self._pieces)


def decide(call: Call) -> Decision:
    """What holds for the call. From here on its answer is gathered, if that is to be kept."""
    who = call.principal
    call.audit = decision = AuditConfig.current().policy.decide(
        who.organisation_id, who.team_id or "", who.key_prefix or "", call.model
    )
    if decision.level is Level.EVERYTHING:
        call.kept = Keeping(decision.largest)
    return decision


def keep_request(call: Call, columns: dict[str, object]) -> str | None:
    """Keep what was asked; the content's id, None where the policy lets the call go on without it.

    Raises:
        AuditRefused: it cannot be kept and the policy is to refuse then.
    """
    body = call.raw or _form(call)
    kept = _kept(call, columns, "request", body, len(body), JSON)
    if kept is None and not call.audit.fail_open:
        raise AuditRefused
    return kept


def keep_answer(call: Call, columns: dict[str, object]) -> str | None:
    """Keep what was answered, as far as it went out; the content's id. What cannot be kept is counted."""
    gathered, call.kept = call.kept, None
    if gathered is None or not gathered.size:
        return None
    media_type = STREAM if call.stream else call.answer_type or JSON
    return _kept(call, columns, "answer", gathered.body(), gathered.size, media_type)


def _kept(call: Call, columns: dict[str, object], kind: str, body: bytes, size: int, media_type: str) -> str | None:
    content_id, largest = uuid7(), call.audit.largest
    actor = columns.get("actor")
    about = {
        "columns": {
            **{name: columns[name] for name in COLUMNS if columns.get(name)},
            "actor": {"type": getattr(actor, "type", ""), "id": call.principal.subject, "name": call.principal.name},
            "policy_version": call.audit.version,
        },
        "kind": kind, "subject": subject_of(call), "media_type": media_type, "size": size, "cut": size > largest,
    }  # fmt: skip
    try:
        AuditConfig.current().contents.keep(UUID(int=content_id.int), about, body[:largest])
    except OSError as error:
        logger.error("audit.content_not_kept", kind=kind, error=type(error).__name__)
        AuditConfig.current().recorder.absent.dropped(call.principal.organisation_id, f"data.content.{kind}")
        return None
    return str(content_id)


def subject_of(call: Call) -> str:
    """Whose words they are: the end user that the application names, else who calls."""
    metadata = call.body.get("metadata")
    named = [call.body.get("safety_identifier"), call.body.get("user")]
    if isinstance(metadata, dict):
        named.append(metadata.get("user_id"))
    found = next((name for name in named if isinstance(name, str) and name), None)
    return call.principal.subject if found is None else f"end:{found[:LONGEST_SUBJECT]}"


def _form(call: Call) -> bytes:
    """The fields of a form; its files are not text and stay out."""
    fields = {name: value for name, value in call.body.items() if isinstance(value, str | bool | int | float)}
    return orjson.dumps({"form": fields})
