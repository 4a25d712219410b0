"""The reports pages and their API."""
