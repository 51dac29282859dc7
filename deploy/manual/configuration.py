#!/usr/bin/env python3
"""configuration.py FILE SECTIONS: prints nobacktrackd.yaml(5) as mdoc.

FILE is config/nobacktrackd.yaml, every key with its default and a comment; the file SECTIONS, mdoc too, follows.
"""

import pathlib
import re
import sys

import mdoc

KEY = re.compile(r"  (\w+): (.*?)  # (.*)")
SECTION = re.compile(r"(\w+):")


def main():
    page = [
        *mdoc.head("nobacktrackd.yaml", 5, "configuration of nobacktrackd"), ".Sh DESCRIPTION",
        "A YAML file; every key has a default and may be left out.",
        "A key that is misspelt is refused, not ignored:",
        ".Ql nobacktrackd --config FILE --check-config",
        "says so, or prints the configuration as it would be in effect.", ".Sh KEYS"]
    comment = ""
    for number, line in enumerate(pathlib.Path(sys.argv[1]).read_text().splitlines(), 1):
        if line.startswith("# "):
            comment = line[2:]
        elif section := SECTION.fullmatch(line):
            page += [f".Ss {section[1]}", mdoc.text(comment), ".Bl -tag -width Ds"]
        elif key := KEY.fullmatch(line):
            name, default, meaning = key.groups()
            page += [f".It Va {name} : Li {mdoc.word(default)}", mdoc.text(meaning)]
        elif line == "":
            page += [".El"]
        else:
            sys.exit(f"{sys.argv[1]}:{number}: neither section, key with a comment, nor comment: {line}")
    print("\n".join(page + [".El"]))
    print(pathlib.Path(sys.argv[2]).read_text(), end="")


main()
