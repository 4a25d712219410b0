"""The jobs pages and their API."""
