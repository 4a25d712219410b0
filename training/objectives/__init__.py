"""What a model is trained to do; one file per objective. Needs torch."""

from __future__ import annotations
