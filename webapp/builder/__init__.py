"""Run builder: forms generated from specs, with presets, a plan, YAML and the command line."""
