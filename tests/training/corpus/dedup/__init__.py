"""Tests of near-duplicate search."""
