"""Tests of generation and serving."""
