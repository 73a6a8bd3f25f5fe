"""A model server as an administrator adds it: preset, key, “Test this provider”, “Fetch models”, import with routes.

E2E_URL, E2E_KEY. Runs inside the product; prints what the test and the list said.
"""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from llmproxy.actions import create_provider_from_preset, fetch_models, import_models, test_provider  # noqa: E402

WITH_A_KEY = 1
provider = create_provider_from_preset.execute(
    "llama-cpp", way=WITH_A_KEY, answers={"base_url": os.environ["E2E_URL"]}, secret=os.environ["E2E_KEY"]
)
review = fetch_models.execute(provider)
import_models.execute(provider, {model.name: model.kind for model in review.new}, with_routes=True)
tested = test_provider.execute(provider)
print("SAID" + json.dumps({"works": tested.works, "models": [model.name for model in review.new]}))
