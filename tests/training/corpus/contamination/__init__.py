"""Contamination: words, runs, files of evaluation sets, the verb, the rule."""
