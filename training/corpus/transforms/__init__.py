"""Transforms: documents in, documents out, with other texts and the same ids and origins."""
