"""As the evidence pages and the API write them (ISO 8601, 24 hours, UTC), so that rows compare and sort by eye."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
