"""Hand out the file of an export; that is on record before the first byte leaves."""

from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import F

from audit.actions.decide_exports import record_step
from audit.actions.errors import NotNow
from audit.models import ExportJob


def open_export(job: ExportJob, user: Any) -> BinaryIO:
    """The open file. Raises NotNow: not this person's to download, not ready, or gone."""
    if not job.may_be_downloaded_by(user):
        raise NotNow("Only who asked for it or approved it downloads it, while it is ready.")
    try:
        file = job.path.open("rb")
    except OSError as error:
        raise NotNow("The file is not there. Ask for a new export.") from error
    with transaction.atomic():
        ExportJob.objects.filter(pk=job.pk).update(downloads=F("downloads") + 1)
        record_step(job, "downloaded", sha256=job.sha256, bytes=job.size)
    return file
