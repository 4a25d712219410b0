"""Which parameters of a base learn; one file per method. Needs torch.

A method is a function ``apply(model, part, seed)`` that changes the model in place.
"""

from __future__ import annotations
