"""The lean request and response of the data plane, between the ASGI entry and the viewsets."""
