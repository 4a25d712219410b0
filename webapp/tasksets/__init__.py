"""Task sets: rows of examples in three splits, and how they look as tokens with their loss."""
