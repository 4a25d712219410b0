"""Ablations: the same run with one thing changed, as one group of jobs, and its verdict."""
