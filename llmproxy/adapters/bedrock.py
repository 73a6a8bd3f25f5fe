"""AWS Bedrock: Converse has the model in its address; the OpenAI-compatible endpoints lie below `/openai/v1`.

Rule: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from llmproxy.adapters.adapter import Adapter, segment

CONVERSE = "converse"


class Bedrock(Adapter):
    """One region's runtime endpoint. Model ids may hold colons, and may be ARNs with slashes."""

    def url(self, endpoint: str, model: str, *, stream: bool = False) -> str:
        """`/model/{id}/converse`, or `converse-stream`; anything else in OpenAI's form."""
        if endpoint != CONVERSE:
            return f"{self.base_url}/openai/v1/{endpoint}"
        return f"{self.base_url}/model/{segment(model)}/{'converse-stream' if stream else CONVERSE}"

    def discovery_url(self, path: str) -> str:
        """The models are listed by the control plane, whose host differs in its first word."""
        return f"{self.base_url.replace('://bedrock-runtime.', '://bedrock.', 1)}/{path}"
