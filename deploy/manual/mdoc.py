"""Text as mdoc, the language of manual pages."""

import datetime
import os
import re
import textwrap
import time

UNBROKEN = {"break_long_words": False, "break_on_hyphens": False}


def word(text):
    """An argument of a macro."""
    return text.replace("\\", "\\e").replace('"', "\\(dq")


def line(text):
    """A line as it is: nothing in it is taken for a macro."""
    return ("\\&" if text[:1] in (".", "'") else "") + text.replace("\\", "\\e")


def text(paragraph):
    """Running text, every sentence on lines of its own, as mdoc wants it."""
    sentences = re.split(r"(?<=[^.]\.)\s+(?=[A-Z])", paragraph)
    return "\n".join(line(part) for sentence in sentences for part in textwrap.wrap(sentence, 76, **UNBROKEN))


def head(name, section, abstract):
    """The beginning of a page up to its NAME."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    date = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    return [
        f".Dd {date:%B} {date.day}, {date.year}", f".Dt {name.upper()} {section}", ".Os", ".Sh NAME", f".Nm {name}",
        f".Nd {abstract.rstrip('.')}"]
