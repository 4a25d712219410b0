"""Byte-level BPE by compiled loops: where a text is cut, and which bytes of a word are joined.

``structure`` reads a tokenizer and says whether it is one of these; ``characters`` knows what each
code point is to a pattern; ``cuts`` finds the words; ``joins`` makes ids of them, of the whole
characters in ``starts``; ``words`` remembers them; ``loop`` goes over texts, and ``encoder`` puts
all of it together. Its ids are those of the tokenizer, several times as fast.
"""
