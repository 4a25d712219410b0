"""What a client of the upload API may send: 11 names and bodies, 2 streams that do not end well."""

from __future__ import annotations

#: Name of a file, and a part of the answer; empty when it is taken under a safe name.
NAMES = {
    "../../x.txt": "points out of its folder",
    "x\0.txt": "",
    "n" * 300 + ".txt": "",
    "CON": "is of no known kind",
    "\u202etxt.exe": "is of no known kind",
    "📚.txt": "",
    "": "",
    ".htaccess": "is of no known kind",
}
#: What is wrong with a request as such.
BODIES = ("a wrong length", "101 files in a form", "1,001 fields in a form")
STREAMS = ("a stream without end", "an upload that breaks off half-way")
REQUESTS = (*NAMES, *BODIES, *STREAMS)
