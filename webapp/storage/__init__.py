"""The Storage page of a project, and deleting with everything that was derived."""
