"""The checkpoints pages and their API."""
