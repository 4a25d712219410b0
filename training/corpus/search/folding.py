"""Which characters search takes for equal: tables from code point to code point.

White space (as ``str.split`` sees it) is one thing, written U+0020, in both tables. `fold_table`
also forgets case: a character becomes its case folding where that is one character, else its
lower case where that is one, else itself. Folding is one to one, so places need no translation;
hence "ß" is not "ss".
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

#: Code points from here on have no case and are no white space.
TABLE_SIZE = 0x20000
SPACE = 32

Table = npt.NDArray[np.int32]


@functools.cache
def exact_table() -> Table:
    """Every code point as itself, white space as U+0020."""
    table = np.arange(TABLE_SIZE, dtype=np.int32)
    table[[code for code in range(TABLE_SIZE) if chr(code).isspace()]] = SPACE
    table.setflags(write=False)
    return table


@functools.cache
def fold_table() -> Table:
    """The same without case."""
    table = exact_table().copy()
    for code in range(TABLE_SIZE):
        for folded in (chr(code).casefold(), chr(code).lower()):
            if len(folded) == 1 and ord(folded) < TABLE_SIZE and not folded.isspace():
                table[code] = ord(folded)
                break
    table.setflags(write=False)
    return table
