"""Invite a person by mail: a link that works once and says which role waits behind it."""

from typing import NamedTuple

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.actions.membership_rules import check_may_grant
from accounts.change_records import record_change
from accounts.models import Invitation, Organisation, Team, User
from audit.context import Target
from audit.log import record


class Invited(NamedTuple):
    """The row, and the only sight of its link."""

    invitation: Invitation
    url: str


def execute(
    organisation: Organisation, email: str, role: str, *, team: Team | None = None, by: User | None = None
) -> Invited:
    """An open invitation, sent by mail once the transaction commits.

    Raises:
        RoleNotGrantable: `by` may not give the role.
        ValidationError: no address, an unknown role, another organisation's team.
    """
    return save(Invitation(organisation=organisation, email=email, role=role, team=team), by=by)


def save(invitation: Invitation, *, by: User | None) -> Invited:
    """Store and send an unsaved row; earlier open invitations of the same address are withdrawn. Raises as above."""
    check_may_grant(by, invitation.organisation, invitation.role)
    invitation.email = invitation.email.strip()
    invitation.invited_by = by
    secret = invitation.fill_secret()
    url = f"{settings.GATEHOUSE_PUBLIC_URL}/admin/invitation/{invitation.pk}/{secret}/"
    with transaction.atomic():
        invitation.full_clean()
        earlier = Invitation.objects.open().filter(organisation=invitation.organisation, email__iexact=invitation.email)
        earlier.update(withdrawn_at=timezone.now())
        invitation.save()
        _recorded(invitation)
        transaction.on_commit(lambda: _send(invitation, url))
    return Invited(invitation, url)


def withdraw(invitation: Invitation, *, by: User | None) -> bool:
    """Make the link useless; False if it was so already. Raises RoleNotGrantable."""
    check_may_grant(by, invitation.organisation, invitation.role)
    with transaction.atomic():
        if not Invitation.objects.open().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
            return False
        record_change(invitation, "updated", ["withdrawn_at"])
    invitation.refresh_from_db()
    return True


def _recorded(invitation: Invitation) -> None:
    record(
        "admin.invitation.created",
        target=Target("invitation", str(invitation.pk), invitation.email),
        organisation_id=str(invitation.organisation_id),
        attrs={"role": invitation.role},
    )


def _send(invitation: Invitation, url: str) -> None:
    text = render_to_string("mail/invitation.txt", {"invitation": invitation, "url": url})
    subject = f"You are invited to {invitation.organisation} on Gatehouse"
    send_mail(" ".join(subject.split()), text, None, [invitation.email], fail_silently=True)
