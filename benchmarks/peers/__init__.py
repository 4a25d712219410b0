"""Scripts that other systems run in environments of their own; each prints one JSON line."""
