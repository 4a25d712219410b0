"""Template tags of the corpora app."""
