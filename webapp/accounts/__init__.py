"""Users, first start, login, profile, API tokens."""
