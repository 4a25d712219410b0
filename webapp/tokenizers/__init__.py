"""Tokenizers and token stores: what there is, what is in it, and its use in a new run."""
