"""Settings modules: production (default), dev, test; all read the environment."""
