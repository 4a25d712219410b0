"""Tests of training.corpus.language."""
