"""Everything that writes rows of the job system. Nothing here checks who asks; views and API do."""
