"""The review pages: queues, and one item after the other."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from audit.actions.assign_item import assign_item
from audit.actions.comment_item import comment_item
from audit.actions.errors import NotNow
from audit.actions.give_verdict import give_verdict
from audit.actions.queue_event import queue_event
from audit.actions.read_content import read_content
from audit.actions.reserve_item import LEAD, next_item, release_item, reserve_item
from audit.models import ReviewItem, Verdict
from audit.review.detail import EventPage
from audit.review.page import EvidencePage
from audit.review.scope import queues_of, visible


def items_of(user: Any) -> QuerySet[ReviewItem]:
    """Items whose queue and event both are the person's to see."""
    return visible(ReviewItem.objects.filter(queue__in=queues_of(user)), user).select_related("queue")


class QueuesPage(EvidencePage):
    """Which queues there are, how full they are, and the way in."""

    template_name = "admin/evidence/queues.html"
    title: ClassVar[str] = "Review"
    permission: ClassVar[str] = "audit.give_verdict"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """Queues with their counts, and what this person holds."""
        user = self.request.user
        queues = list(queues_of(user))
        counted: dict[tuple[Any, str], int] = {}
        rows = ReviewItem.objects.filter(queue__in=queues).values_list("queue", "state").annotate(n=Count("pk"))
        for queue, state, number in rows:
            counted[queue, state] = number
        shown = [
            (queue, {state: counted.get((queue.pk, state), 0) for state in ReviewItem.State.values}) for queue in queues
        ]
        mine = [item for item in items_of(user).filter(reserved_by=str(user.pk)) if item.is_reserved()]
        return super().get_context_data(queues=shown, mine=mine, is_lead=user.has_perm(LEAD), **extra)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the next item of a queue."""
        queue = get_object_or_404(queues_of(request.user), pk=_id(request.POST.get("queue", "")))
        item = next_item(queue, request.user)
        if item is None:
            messages.info(request, f"Nothing in “{queue.name}” waits for you.")
            return redirect("admin:evidence-review")
        return redirect("admin:evidence-item", item_id=item.pk)


class ItemPage(EventPage):
    """An event under review: its facts, what to look for, what others said, and the verdict."""

    template_name = "admin/evidence/item.html"
    title: ClassVar[str] = "Review"
    permission: ClassVar[str] = "audit.give_verdict"

    def get_context_data(self, **extra: Any) -> dict[str, Any]:
        """The event's page, with the item's own part."""
        item = self.item(extra.pop("item_id"))
        user = self.request.user
        lead = user.has_perm(LEAD)
        return super().get_context_data(
            event_id=item.event_id, item=item, verdicts=Verdict.choices, history=item.actions.all(), is_lead=lead,
            holds=item.is_reserved_by(str(user.pk)), may_judge=item.may_be_judged_by(str(user.pk), lead=lead),
            # The second reviewer judges for himself: the first verdict is shown only afterwards.
            hides_first=item.state == ReviewItem.State.SECOND and not item.was_judged_by(str(user.pk)), **extra,
        )  # fmt: skip

    def item(self, item_id: uuid.UUID) -> ReviewItem:
        """Raises Http404."""
        return get_object_or_404(items_of(self.request.user), pk=item_id)

    def post(self, request: HttpRequest, item_id: uuid.UUID) -> HttpResponse:
        """One of DEEDS, then the page again or the next item."""
        item = self.item(item_id)
        if request.POST.get("do") == "read":
            return self.read(request, item)
        deed = DEEDS.get(request.POST.get("do", ""))
        if deed is None:
            raise Http404
        try:
            message = deed(request, item)
        except NotNow as error:
            messages.error(request, str(error))
            return redirect("admin:evidence-item", item_id=item.pk)
        messages.success(request, message)
        if "next" in request.POST and (following := next_item(item.queue, request.user)) is not None:
            return redirect("admin:evidence-item", item_id=following.pk)
        stays = request.POST["do"] in ("take", "comment", "assign")
        return redirect("admin:evidence-item", item_id=item.pk) if stays else redirect("admin:evidence-review")

    def read(self, request: HttpRequest, item: ReviewItem) -> HttpResponse:
        """The page with what was said; the reading is on record first."""
        original = request.POST.get("copy") == "original"
        said = None
        try:
            event = self.found(request.user, item.event_id)
            said = read_content(event, request.user, request.POST.get("reason", ""), original=original)
        except NotNow as error:
            messages.error(request, str(error))
        return self.render_to_response(self.get_context_data(item_id=item.pk, said=said, is_original=original))


class QueueEventPage(EvidencePage):
    """POST only: send an event to a queue by hand."""

    http_method_names = ("post",)
    permission: ClassVar[str] = "audit.give_verdict"

    def post(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        """Back to the event."""
        event = EventPage.found(request.user, event_id)
        queue = get_object_or_404(queues_of(request.user), pk=_id(request.POST.get("queue", "")))
        added = queue_event(queue, event, by_hand=True)
        messages.success(request, f"{'Sent to' if added else 'It was already in'} “{queue.name}”.")
        return redirect("admin:evidence-event", event_id=event_id)


def _take(request: HttpRequest, item: ReviewItem) -> str:
    reserve_item(item.pk, request.user)
    return f"Reserved for you for {item.queue.reservation_minutes} minutes."


def _judge(request: HttpRequest, item: ReviewItem) -> str:
    judged = give_verdict(
        item.pk, request.user, request.POST.get("verdict", ""), request.POST.get("comment", "").replace("\r\n", "\n")
    )
    return f"Your verdict is on record. The item is now: {judged.get_state_display().lower()}."


def _release(request: HttpRequest, item: ReviewItem) -> str:
    release_item(item, request.user)
    return "Put back."


def _comment(request: HttpRequest, item: ReviewItem) -> str:
    comment_item(item, request.user, request.POST.get("comment", "").replace("\r\n", "\n"))
    return "Comment added."


def _assign(request: HttpRequest, item: ReviewItem) -> str:
    if not request.user.has_perm(LEAD):
        raise NotNow("Only a review lead assigns items.")
    name = request.POST.get("to", "").strip()
    person = None
    if name:
        person = get_user_model()._default_manager.filter(username=name, is_active=True).first()
        if person is None or not person.has_perm("audit.give_verdict"):
            raise NotNow(f"There is no reviewer named {name}.")
    assign_item(item.pk, request.user, person)
    return f"Assigned to {name or 'anybody'}."


DEEDS: Mapping[str, Callable[[HttpRequest, ReviewItem], str]] = {
    "take": _take,
    "verdict": _judge,
    "release": _release,
    "comment": _comment,
    "assign": _assign,
}


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error
