"""Tests of designs described."""
