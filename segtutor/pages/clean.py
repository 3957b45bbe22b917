"""HTML that somebody else wrote, for a page of ours: nothing runs, nothing is asked for, nobody is led elsewhere.

A notebook's outputs, texts and widget states are its author's. The page's own policy keeps scripts from running and
addresses from being loaded, but no policy stops a <meta> refresh. So such HTML is read by nh3 (the sanitiser Ammonia,
which reads as a browser does) and written anew from what is allowed here; taking out what is dangerous by patterns
never ends: `<me<link>ta http-equiv=refresh>`.

Allowed are texts, tables, pictures that are inside, and links that a reader may choose to follow. An id belongs to
prose alone, and none that begins as the page's own: scripts/mount.js finds the widgets' programs by one.
"""

from __future__ import annotations

import re

import nh3

_TEXT = (
    "a abbr b bdi bdo blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption "
    "figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
TAGS = frozenset(_TEXT.split())
_DROPPED_WHOLE = {"script", "style", "title", "template", "noscript", "textarea", "select", "iframe", "object", "svg",
                  "math", "xmp", "noembed", "noframes"}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "title", "style", "dir", "lang", "align", "id", "role", "aria-label", "aria-hidden"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "headers", "scope", "valign"},
    "th": {"colspan", "rowspan", "headers", "scope", "valign"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "ol": {"start", "type", "reversed"},
    "li": {"value"},
    "details": {"open"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "time": {"datetime"},
}
# No property that takes an address, and none that lets a text lie over the page.
_STYLE = (
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right "
    "border-spacing border-style border-top border-width color display font font-family font-size font-style "
    "font-weight gap height letter-spacing line-height margin margin-bottom margin-left margin-right margin-top "
    "max-height max-width min-height min-width opacity overflow overflow-wrap overflow-x overflow-y padding "
    "padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent text-transform "
    "vertical-align white-space width word-break word-wrap "
)
_STYLES = frozenset(_STYLE.split())
_INSIDE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}\Z")
_OWN = "segtutor"
_CLASSES = {"widget", "kernel"}  # what mount.js takes for a widget of the page


def clean(text: str, *, ids: bool = False) -> str:
    """HTML of which only what is allowed above is left. ids: whether names for links within the page are kept."""
    made = nh3.clean(
        text,
        tags=set(TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_ids if ids else _keep,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=set(_STYLES),
        link_rel="noopener noreferrer",
    )
    return made.strip()


def base64_of(encoded: str) -> str | None:
    """Base64 without its line breaks, or None where it is something else, such as the end of an attribute and more."""
    joined = "".join(encoded.split())
    return joined if _BASE64.match(joined) else None


def _keep_ids(tag: str, name: str, value: str) -> str | None:
    if name == "id":
        return None if value.lower().startswith(_OWN) else value
    return _keep(tag, name, value)


def _keep(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None to leave it out."""
    if name == "id":
        return None
    if name == "src":
        return value if _INSIDE.match(value) else None
    if name == "href":
        # browsers drop control characters and blanks, so those count for the scheme as if they were not there
        bare = "".join(c for c in value if c > " ").lower()
        return None if bare.startswith(("data:", "//", "\\\\", "/\\", "\\/")) else value
    if name == "class":
        return " ".join(one for one in value.split() if one not in _CLASSES)
    return value
