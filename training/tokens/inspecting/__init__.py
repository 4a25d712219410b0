"""What a batch looks like before and after it is trained on: figures, a drawing, a verb."""

from __future__ import annotations
