"""Tests of transforms: texts changed, ids kept."""
