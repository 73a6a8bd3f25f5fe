"""Rows of the audit log. No foreign keys into other apps: ids and names are kept as they were at the time."""

from audit.models.control_change import ControlChange
from audit.models.destination import Anchor, Destination
from audit.models.event import AuditEvent
from audit.models.export_job import ExportJob
from audit.models.outbox import OutboxRecord
from audit.models.review import ReviewAction, ReviewItem, ReviewQueue, Verdict
from audit.models.rollup import LatencyRollUp, RollUp
from audit.models.saved_view import SavedView
from audit.models.spooled import DeadLetter, SpoolSegment, SpoolWriterRow
from audit.models.tree import LogKey, SignedCheckpoint, TreeState, TreeTile
from audit.models.verification import VerificationRun

__all__ = [
    "Anchor",
    "AuditEvent",
    "ControlChange",
    "DeadLetter",
    "Destination",
    "ExportJob",
    "LatencyRollUp",
    "LogKey",
    "OutboxRecord",
    "ReviewAction",
    "ReviewItem",
    "ReviewQueue",
    "RollUp",
    "SavedView",
    "SignedCheckpoint",
    "SpoolSegment",
    "SpoolWriterRow",
    "TreeState",
    "TreeTile",
    "Verdict",
    "VerificationRun",
]
