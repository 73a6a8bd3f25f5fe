"""Thresholds that are reached become rows, in the transaction that reached them; telling people follows (tasks)."""

from llmproxy.models import Budget, BudgetAlert


def raise_alerts(budget: Budget, subject: str, bucket: int, spent: int, limit: int) -> list[BudgetAlert]:
    """The alerts that are due and were not raised before, of a subject that spent so many nano-dollars of `limit`."""
    if limit <= 0:
        return []
    due = [threshold for threshold in budget.thresholds if spent * 100 >= limit * threshold]
    if not due:
        return []
    of_period = BudgetAlert.objects.filter(budget=budget, subject=subject, bucket=bucket)
    known = set(of_period.values_list("threshold", flat=True))
    return [
        BudgetAlert.objects.create(
            budget=budget, subject=subject, bucket=bucket, threshold=threshold, spent_nano=spent, limit_nano=limit
        )
        for threshold in sorted(set(due) - known)
    ]
