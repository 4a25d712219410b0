"""Contamination: runs of words that documents share with the items of evaluation sets."""
