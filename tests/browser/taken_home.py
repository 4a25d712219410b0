"""What somebody does with the files at home: plain transformers and peft, nothing of ours.

``python taken_home.py BASE ADAPTER`` prints JSON: the class, the change that the adapter makes to
the logits, and a continuation of both.
"""

from __future__ import annotations

import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer


def main(base: str, adapter: str) -> None:
    """Load both and say what they are."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base).eval()
    ids = torch.tensor([tokenizer("The function")["input_ids"]])
    with torch.no_grad():
        before = model(ids).logits
        plain = model.generate(ids, max_new_tokens=8, do_sample=False)
        tuned = PeftModel.from_pretrained(model, adapter).eval()
        change = (tuned(ids).logits - before).abs().max().item()
        answer = tuned.generate(input_ids=ids, max_new_tokens=8, do_sample=False)
    said = {
        "architecture": type(model).__name__,
        "change": change,
        "texts": [tokenizer.decode(one[0]) for one in (plain, answer)],
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
