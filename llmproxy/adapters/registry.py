"""Which adapters there are. A new one is a file and a line here; rows choose by name, so it needs no migration."""

from collections.abc import Mapping
from typing import NamedTuple

from llmproxy.adapters.adapter import Adapter
from llmproxy.adapters.azure_openai import AzureOpenAI
from llmproxy.adapters.bedrock import Bedrock
from llmproxy.adapters.vertex import Vertex


class Registered(NamedTuple):
    """An adapter as the admin shows it."""

    label: str
    kind: type[Adapter]


ADAPTERS: Mapping[str, Registered] = {
    "standard": Registered("Endpoints below the base URL", Adapter),
    "azure_openai": Registered("Azure OpenAI: deployments", AzureOpenAI),
    "bedrock": Registered("AWS Bedrock: model in the address", Bedrock),
    "vertex": Registered("Vertex AI: project and region", Vertex),
}


def adapter(name: str, base_url: str, options: Mapping[str, str]) -> Adapter:
    """The adapter of that name, for one provider. Raises BadOptions, or ValueError for an unknown name."""
    found = ADAPTERS.get(name)
    if found is None:
        raise ValueError(f"there is no adapter {name!r}")
    return found.kind(base_url, options)
