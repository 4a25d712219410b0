"""The corpora pages and their API."""
