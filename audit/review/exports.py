"""The exports pages: ask, decide, wait, download."""

import uuid
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from audit.actions.decide_exports import decide_export, request_export
from audit.actions.download_export import open_export
from audit.actions.errors import NotNow
from audit.actions.read_content import may_read
from audit.formats.files import FILE_FORMATS
from audit.models import ExportJob
from audit.models.export_job import may
from audit.review.filters import TITLES, BadFilter, filters
from audit.review.page import EvidencePage
from audit.review.period import PRESETS, BadPeriod, Period
from audit.review.scope import visible
from audit.tasks import hint

SHOWN = 100


def jobs_of(user: Any) -> QuerySet[ExportJob]:
    """Jobs of organisations whose exports the person may see."""
    if user.is_superuser:
        return ExportJob.objects.all()
    held = user.organisation_ids_with("audit.view_exportjob") if hasattr(user, "organisation_ids_with") else []
    return visible(ExportJob.objects.filter(organisation_id__in=held), user)


class ExportsPage(EvidencePage):
    """Jobs, newest first, and the form for another one; the explorer leads here with its filters."""

    template_name = "admin/evidence/exports.html"
    title: ClassVar[str] = "Exports"
    permission: ClassVar[str] = "audit.view_exportjob"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """The filters that were brought along are shown in words."""
        user: Any = self.request.user
        query = self.request.GET.dict()
        given = {name: value for name in TITLES if (value := query.get(name, ""))}
        jobs = list(jobs_of(user)[:SHOWN])
        names = self.named("organisation", {job.organisation_id for job in jobs})
        return super().get_context_data(
            jobs=[(job, names.get(job.organisation_id, job.organisation_id)) for job in jobs],
            formats=ExportJob.Format.choices, presets=PRESETS.values(), query=query,
            given=[(name, TITLES[name], value) for name, value in given.items()],
            organisations=_organisations(user), may_read=any(may_read(user, pk) for pk, _ in _held(user)),
            may_ask=user.has_perm("audit.add_exportjob"), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask."""
        given = {name: str(value) for name, value in request.POST.items()}
        try:
            if not request.user.has_perm("audit.add_exportjob"):
                raise NotNow("Your roles do not let you ask for exports.")
            period = Period.asked_for(given, timezone.now())
            wanted = filters({name: value for name, value in given.items() if name != "organisation"})
            job = request_export(
                request.user, given.get("of", ""), given.get("format", ""), period, wanted, given.get("reason", ""),
                with_content="content" in given,
            )  # fmt: skip
        except (BadFilter, BadPeriod, NotNow) as error:
            messages.error(request, str(error))
            return redirect("admin:evidence-exports")
        messages.success(request, "Asked for. Somebody else whose role allows it approves it here.")
        return redirect("admin:evidence-export", job_id=job.pk)


class ExportPage(EvidencePage):
    """One job: what it is, who decided, how far it is, the way to the file."""

    template_name = "admin/evidence/export.html"
    title: ClassVar[str] = "Export"
    permission: ClassVar[str] = "audit.view_exportjob"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Raises Http404 also for what is not the person's to see."""
        user: Any = self.request.user
        job = get_object_or_404(jobs_of(user), pk=extra.pop("job_id"))
        name = self.named("organisation", [job.organisation_id]).get(job.organisation_id, job.organisation_id)
        return super().get_context_data(
            job=job, organisation=name or "Every organisation",
            given=[(TITLES.get(name, name), value) for name, value in parse_qsl(job.query)],
            may_decide=job.may_be_decided_by(user), may_download=job.may_be_downloaded_by(user),
            is_own=job.requested_by == str(user.pk), **extra,
        )  # fmt: skip

    def post(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        """Approve or deny."""
        job = get_object_or_404(jobs_of(request.user), pk=job_id)
        decision = request.POST.get("do", "")
        if decision not in ("approve", "deny"):
            raise Http404
        try:
            decide_export(job.pk, request.user, approve=decision == "approve", note=request.POST.get("note", ""))
        except NotNow as error:
            messages.error(request, str(error))
        else:
            hint()
        return redirect("admin:evidence-export", job_id=job_id)


class ExportState(ExportPage):
    """The part of the page that changes while one looks at it."""

    http_method_names = ("get",)
    template_name = "admin/evidence/export_state.html"


class ExportFile(EvidencePage):
    """The file; each download is on record."""

    http_method_names = ("post",)
    permission: ClassVar[str] = "audit.view_exportjob"

    def post(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponseBase:
        """Raises Http404."""
        job = get_object_or_404(jobs_of(request.user), pk=job_id)
        try:
            file = open_export(job, request.user)
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("admin:evidence-export", job_id=job_id)
        return as_download(job, file)


def as_download(job: ExportJob, file: Any) -> FileResponse:
    """The answer that carries a job's file."""
    chosen = FILE_FORMATS.get(job.format)
    ending, kind = (chosen.ending, chosen.media_type) if chosen is not None else ("zip", "application/zip")
    name = f"gatehouse-evidence-{job.since:%Y%m%d}-{job.until:%Y%m%d}-{str(job.pk)[-6:]}.{ending}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)


def _held(user: Any) -> list[tuple[str, str]]:
    return user.audit_organisations() if hasattr(user, "audit_organisations") else []


def _organisations(user: Any) -> list[tuple[str, str]]:
    return [choice for choice in _held(user) if may(user, "audit.add_exportjob", choice[0])]
