"""AWS Bedrock: Converse and InvokeModel have the model in their address; OpenAI's endpoints lie below `/openai/v1`.

Rule: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from llmproxy.adapters.adapter import Adapter, segment

CONVERSE, INVOKE = "converse", "invoke"


class Bedrock(Adapter):
    """One region's runtime endpoint. Model ids may hold colons, and may be ARNs with slashes."""

    def url(self, endpoint: str, model: str, *, stream: bool = False) -> str:
        """`/model/{id}/converse`, `converse-stream` or `invoke`; anything else in OpenAI's form."""
        if endpoint not in (CONVERSE, INVOKE):
            return f"{self.base_url}/openai/v1/{endpoint}"
        return f"{self.base_url}/model/{segment(model)}/{endpoint}{'-stream' if stream else ''}"

    def discovery_url(self, path: str) -> str:
        """The models are listed by the control plane, whose host differs in its first word."""
        return f"{self.base_url.replace('://bedrock-runtime.', '://bedrock.', 1)}/{path}"
