"""Text out of a trained model: sampling, and the job that answers over a socket."""

from __future__ import annotations
