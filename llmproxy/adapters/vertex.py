"""Google Vertex AI: project, location and publisher are parts of the address.

Rules: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.publishers.models
       https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
"""

from llmproxy.adapters.adapter import Adapter, segment

MODELS, MESSAGES, COUNTING = "models/", "messages", "messages/count_tokens"
COMPATIBLE = "openai_chat"


class Vertex(Adapter):
    """Gemini's wire goes to Google's models, Anthropic's to Anthropic's, OpenAI's to the compatible endpoint."""

    needed = {"project": "the Google Cloud project", "region": "such as europe-west4, or global"}

    def url(self, endpoint: str, model: str, *, stream: bool = False) -> str:
        """`endpoint` below the project's location."""
        if endpoint.startswith(MODELS):
            return f"{self._place}/publishers/google/{endpoint}"
        if endpoint == COUNTING:
            return f"{self._place}/publishers/anthropic/models/count-tokens:rawPredict"
        if endpoint == MESSAGES:
            verb = "streamRawPredict" if stream else "rawPredict"
            return f"{self._place}/publishers/anthropic/models/{segment(model)}:{verb}"
        return f"{self._place}/endpoints/openapi/{endpoint}"

    def names_model(self, endpoint: str) -> bool:
        """Anthropic's models are named in the address alone, but for counting."""
        return endpoint != MESSAGES

    def discovery_url(self, path: str) -> str:
        """Google's models; the list belongs to the publisher, not to the project."""
        return f"{self.base_url}/v1beta1/{path}"

    def model_name(self, listed: str, wire: str) -> str:
        """`publishers/google/models/x` is `google/x` on the compatible endpoint, and `x` elsewhere."""
        _, _, publisher_and_model = listed.partition("publishers/")
        publisher, _, model = publisher_and_model.partition("/models/")
        if not model:
            return super().model_name(listed, wire)
        return f"{publisher}/{model}" if wire == COMPATIBLE else model

    @property
    def _place(self) -> str:
        project, region = segment(self.options["project"]), segment(self.options["region"])
        return f"{self.base_url}/v1/projects/{project}/locations/{region}"
