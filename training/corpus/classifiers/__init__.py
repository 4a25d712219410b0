"""Classifiers of texts that need no torch: hashed words, lists of words; and their evaluation."""
