#!/usr/bin/env python3
"""program.py PROGRAM SECTIONS: prints the manual page of a program as mdoc.

What the program says of itself (--experimental-dump-help of swift-argument-parser) becomes NAME, SYNOPSIS,
DESCRIPTION, COMMANDS and OPTIONS; the file SECTIONS, mdoc too, is what only a person can say, and follows.
The page's date is SOURCE_DATE_EPOCH, or today.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

import mdoc


def is_own(argument):
    """Whether the page describes it: --help of a command is no news."""
    return argument["shouldDisplay"] and "Show help" not in (argument.get("abstract") or "")


def spelling(argument):
    """Its mdoc macros, such as Fl -config Ar file."""
    value = f"Ar {mdoc.word(argument['valueName'])}"
    if argument["kind"] == "positional":
        return value + (" ..." if argument["isRepeating"] else "")
    names = " , ".join(
        f"Fl {'-' if name['kind'] == 'long' else ''}{mdoc.word(name['name'])}" for name in argument["names"])
    return names if argument["kind"] == "flag" else f"{names} {value}"


def definition(argument):
    """An item of a list of options or arguments."""
    default = argument.get("defaultValue")
    said = [argument.get("abstract"), argument.get("discussion"), default and f"Default: {default}."]
    return [f".It {spelling(argument)}", *(mdoc.text(part) for part in said if part)]


def definitions(arguments):
    items = [line for argument in arguments for line in definition(argument)]
    return [".Bl -tag -width Ds", *items, ".El"] if items else []


def paragraphs(text):
    """A discussion; lines with columns are kept as they are."""
    for paragraph in re.split(r"\n\s*\n", text or ""):
        if re.search(r"\S {2,}\S", paragraph):
            yield from [".Bd -literal -offset 2n", *map(mdoc.line, paragraph.splitlines()), ".Ed"]
        elif paragraph:
            yield from [".Pp", mdoc.text(paragraph)]


def synopsis(command, name):
    """One line for a command: its operands behind what else it takes."""
    yield f".Nm {name}"
    if command["commandName"] != name:
        yield f".Cm {command['commandName']}"
    arguments = [argument for argument in command.get("arguments", []) if is_own(argument)]
    if any(argument["kind"] != "positional" for argument in arguments):
        yield ".Op Ar options"
    for argument in arguments:
        if argument["kind"] == "positional":
            yield f".Op {spelling(argument)}" if argument["isOptional"] else f".{spelling(argument)}"


def main():
    program, sections = sys.argv[1], pathlib.Path(sys.argv[2]).read_text()
    said = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    command = json.loads(said)["command"]
    name = command["commandName"]
    commands = [each for each in command.get("subcommands", []) if each["shouldDisplay"] and each["commandName"] != "help"]

    # An option that most commands have in the same words is described once.
    times = collections.Counter(
        json.dumps(argument) for each in commands for argument in each["arguments"] if is_own(argument))
    common = {argument for argument, count in times.items() if count > len(commands) / 2}
    options = [argument for argument in command["arguments"] if argument["shouldDisplay"]]
    options = [json.loads(argument) for argument in times if argument in common] + options

    # What the hand-written part says about the exit status is not said twice.
    discussion = "\n\n".join(
        part for part in re.split(r"\n\s*\n", command.get("discussion") or "") if not part.startswith("Exit "))
    page = [*mdoc.head(name, 1, command["abstract"]), ".Sh SYNOPSIS"]
    for each in commands or [command]:
        page += synopsis(each, name)
    page += [".Sh DESCRIPTION", mdoc.text(command["abstract"]), *paragraphs(discussion)]
    if commands:
        page += [".Sh COMMANDS"]
    for each in commands:
        own = [argument for argument in each["arguments"] if is_own(argument) and json.dumps(argument) not in common]
        page += [f".Ss {each['commandName']}", mdoc.text(each["abstract"]), *paragraphs(each.get("discussion"))]
        page += definitions(own)
    page += [".Sh OPTIONS", *(["Of most commands:"] if commands else []), *definitions(options)]
    print("\n".join(page))
    print(sections, end="")


main()
