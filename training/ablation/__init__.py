"""The same run with one thing changed: which runs, and what their folders say. Torch-free.

Only ``lengths`` needs torch, and is loaded by name when lengths are asked for.
"""
