"""Projects, members with roles, invitations."""
