"""Rule sets that a project keeps: saved, brought along as YAML, tried on a version."""
