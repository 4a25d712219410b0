"""Chat templates: how turns become text. Each is a Jinja source as transformers reads it.

One source serves all: training renders it, the token store passes it on with the tokenizer, so the
exported model is asked in the same way as it was taught. ``input_mark`` joins instruction and
input of an instruction row into one user turn. ``special_tokens`` must be single tokens of the
tokenizer. Every source ends an answer with an end-of-turn token.

Forms: ChatML (OpenAI 2023), Alpaca (Taori 2023), Llama 2 and 3 (Meta), Zephyr (Tunstall 2023).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """One way of writing turns; an empty ``source`` means the tokenizer's own."""

    name: str
    source: str
    special_tokens: tuple[str, ...] = ()
    input_mark: str = "\n\n"
    #: Ends an answer, where it is not the end-of-text token.
    turn_end: str = ""


CHATML = Template(
    "chatml",
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    special_tokens=("<|im_start|>", "<|im_end|>"),
    turn_end="<|im_end|>",
)

ALPACA = Template(
    "alpaca",
    "{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] + '\\n\\n' }}"
    "{% else %}{{ 'Below is an instruction that describes a task. Write a response that "
    "appropriately completes the request.\\n\\n' }}{% endif %}"
    "{% for message in messages %}"
    "{% if message['role'] == 'user' %}"
    "{{ '### Instruction:\\n' + message['content'] + '\\n\\n' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ '### Response:\\n' + message['content'] + eos_token }}"
    "{% if not loop.last %}{{ '\\n\\n' }}{% endif %}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}",
    input_mark="\n\n### Input:\n",
)

LLAMA2 = Template(
    "llama2",
    "{% if messages[0]['role'] == 'system' %}"
    "{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}"
    "{% set turns = messages[1:] %}"
    "{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}"
    "{% for message in turns %}"
    "{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ ' ' + message['content'] + ' ' + eos_token }}"
    "{% endif %}{% endfor %}",
)

LLAMA3 = Template(
    "llama3",
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' "
    "+ message['content'] + '<|eot_id|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}",
    special_tokens=("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    turn_end="<|eot_id|>",
)

ZEPHYR = Template(
    "zephyr",
    "{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>\\n' + message['content'] + eos_token + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}",
)

PLAIN = Template(
    "plain",
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    "{{ message['content'] + eos_token }}{% if not loop.last %}{{ '\\n' }}{% endif %}"
    "{% else %}{{ message['content'] + '\\n' }}{% endif %}"
    "{% endfor %}",
)

#: The chat template that stands in the tokenizer's folder.
OF_TOKENIZER = Template("tokenizer", "")

#: The tokenizer's own if it brings one along, else ChatML if it has the marks, else plain.
AUTO = Template("auto", "")
