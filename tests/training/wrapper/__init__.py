"""Tests of the wrapper."""
