"""The runs pages and their API."""
