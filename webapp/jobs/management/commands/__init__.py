"""Commands of the job system."""
