"""Searches for evaluation sets in documents: what they found, and a corpus without it."""
