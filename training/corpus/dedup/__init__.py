"""Near duplicates: MinHash signatures, bands, candidates held against exact Jaccard, clusters."""
