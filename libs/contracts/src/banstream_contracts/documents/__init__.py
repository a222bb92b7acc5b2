"""What is made of the contracts: the AsyncAPI document, JSON Schemas, golden files."""
