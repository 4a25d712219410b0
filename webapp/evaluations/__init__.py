"""Benchmarks, and what models scored by them."""
