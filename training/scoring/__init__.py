"""Classifiers fitted from labelled rows, and documents scored by them; torch only for encoders."""
