"""Tests of the job system."""
