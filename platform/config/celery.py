"""The Celery application."""

import os

from celery import Celery

from config import celery_logging, celery_records

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

celery_logging.connect()
celery_records.connect()
app = Celery("gatehouse")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
