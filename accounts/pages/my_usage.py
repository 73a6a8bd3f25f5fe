"""“My usage”: calls, tokens and cost of one's own, by day and by model, from the roll-ups."""

from django.http import HttpRequest, HttpResponse

from accounts.own_usage import usage_of
from accounts.pages.my_account import page, person

PERIODS = (7, 30, 90)


def overview(request: HttpRequest) -> HttpResponse:
    """The last month, unless another length is asked for."""
    given = request.GET.get("days", "")
    days = int(given) if given in map(str, PERIODS) else 30
    found = usage_of(person(request), days)
    context = {"usage": found, "days": days, "periods": PERIODS, "tab": "usage"}
    return page(request, "admin/people/my_usage.html", "My usage", **context)
