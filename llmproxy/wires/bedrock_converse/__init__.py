"""AWS Bedrock's Converse and ConverseStream, as a provider's wire.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""
