"""The architecture designer: a model as choices, with its numbers, its drawing and its doubts."""
