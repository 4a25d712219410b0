"""Everything on one machine under one parent: ``manage.py up`` starts and ends it."""
