"""The Django project: it knows specs, jobs and folders, starts processes, and never trains."""
