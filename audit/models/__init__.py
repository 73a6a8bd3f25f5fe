"""Rows of the audit log. No foreign keys into other apps: ids and names are kept as they were at the time."""

from audit.models.alert import Alert, AlertRule
from audit.models.blob import AuditBlob, KeptContent, SecretSighting, SubjectKey
from audit.models.case import CaseItem, CaseNote, ReviewCase
from audit.models.control_change import ControlChange
from audit.models.destination import Anchor, Destination
from audit.models.event import AuditEvent
from audit.models.export_job import ExportJob
from audit.models.outbox import OutboxRecord
from audit.models.policy import AuditPolicy
from audit.models.purged import PurgedLeaves
from audit.models.retention import LegalHold, RetentionPolicy, SubjectRequest
from audit.models.review import ReviewAction, ReviewItem, ReviewQueue, Verdict
from audit.models.rollup import LatencyRollUp, RollUp
from audit.models.saved_view import SavedView
from audit.models.spooled import DeadLetter, SpoolSegment, SpoolWriterRow
from audit.models.tree import LogKey, SignedCheckpoint, TreeState, TreeTile
from audit.models.verification import VerificationRun

__all__ = [
    "Alert",
    "AlertRule",
    "Anchor",
    "AuditBlob",
    "AuditEvent",
    "AuditPolicy",
    "CaseItem",
    "CaseNote",
    "ControlChange",
    "DeadLetter",
    "Destination",
    "ExportJob",
    "KeptContent",
    "LatencyRollUp",
    "LegalHold",
    "LogKey",
    "OutboxRecord",
    "PurgedLeaves",
    "RetentionPolicy",
    "ReviewAction",
    "ReviewCase",
    "ReviewItem",
    "ReviewQueue",
    "RollUp",
    "SavedView",
    "SecretSighting",
    "SignedCheckpoint",
    "SpoolSegment",
    "SpoolWriterRow",
    "SubjectKey",
    "SubjectRequest",
    "TreeState",
    "TreeTile",
    "Verdict",
    "VerificationRun",
]
