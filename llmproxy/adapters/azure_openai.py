"""Azure OpenAI: the deployment is a part of the address.

Rule: https://learn.microsoft.com/azure/ai-foundry/openai/reference#rest-api-versioning
"""

from llmproxy.adapters.adapter import Adapter, segment

RESPONSES = "responses"


class AzureOpenAI(Adapter):
    """With the option `api_version` the deployment form; without it the `/openai/v1` form, which names no version."""

    def url(self, endpoint: str, model: str, *, stream: bool = False) -> str:
        """`endpoint` below the deployment that `model` names."""
        version = self.options.get("api_version")
        if not version:
            return f"{self.base_url}/openai/v1/{endpoint}"
        place = "" if endpoint == RESPONSES else f"deployments/{segment(model)}/"  # Responses name it in the body
        return f"{self.base_url}/openai/{place}{endpoint}?api-version={segment(version)}"

    def discovery_url(self, path: str) -> str:
        """The list of models of the resource."""
        version = self.options.get("api_version")
        return f"{self.base_url}/openai/{path}?api-version={segment(version)}" if version else super().discovery_url(
            f"openai/v1/{path}"
        )  # fmt: skip
