"""Tests of training.corpus.pii."""
