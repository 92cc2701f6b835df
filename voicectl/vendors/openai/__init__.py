"""OpenAI, and the many servers that speak its speech interface."""
