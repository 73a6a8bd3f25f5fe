"""Tests mirror the apps; browser, end-to-end and resilience tests lie beside them."""
