"""The corpus of 102 hostile inputs: files, tables, books and requests, each with its answer."""
