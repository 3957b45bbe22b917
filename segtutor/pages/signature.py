"""The mark by which a page made here is known again, so that it may be replaced and nothing else is."""

import hashlib
import re

_SIGNED = re.compile(rb"<!doctype html>\n<!-- made by segtutor; sha256 of what follows: ([0-9a-f]{64}) -->\n")


def signed(content: bytes) -> bytes:
    """A page from its <html> element on, with what comes before it: the document type and our mark."""
    return b"<!doctype html>\n<!-- made by segtutor; sha256 of what follows: %s -->\n%s" % (_hash(content), content)


def is_ours(content: bytes) -> bool:
    """Whether a file was made here and nobody has changed it since."""
    mark = _SIGNED.match(content)
    return mark is not None and mark[1] == _hash(content[mark.end() :])


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
