"""Fonts for names in any script: those that a person chose, then the one every figure has, then what is installed.

DejaVu Sans comes with matplotlib, so that figures look alike on every machine; it has Latin, Greek, Cyrillic, Arabic,
and Hebrew letters. For a letter that it lacks matplotlib looks into the next family, and warns where none has it.
"""

from __future__ import annotations

from functools import lru_cache

import matplotlib

ALWAYS = "DejaVu Sans"
# For each script that DejaVu lacks the families that systems come with, the first that is installed counts.
_SCRIPTS = (
    (
        "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK TC", "Noto Sans CJK KR", "Source Han Sans SC",
        "Microsoft YaHei", "PingFang SC", "Hiragino Sans", "Hiragino Sans GB", "Yu Gothic", "Meiryo", "SimHei",
        "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "Arial Unicode MS",
    ),
    ("Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", "NanumGothic", "Noto Sans CJK KR"),
    ("Noto Sans Devanagari", "Nirmala UI", "Kohinoor Devanagari", "Lohit Devanagari"),
    ("Noto Sans Thai", "Leelawadee UI", "Thonburi", "Loma"),
    ("Noto Sans Bengali", "Noto Sans Tamil", "Lohit Tamil"),
)  # fmt: skip


def families() -> list[str]:
    """Font families in the order in which a letter is looked for: the person's rcParams, DejaVu Sans, other scripts."""
    asked = matplotlib.rcParams["font.family"]
    usual = matplotlib.rcParamsDefault
    chosen: list[str] = []
    for family in [asked] if isinstance(asked, str) else asked:
        listed = matplotlib.rcParams.get(f"font.{family}")
        if listed is None:
            chosen.append(family)
        elif list(listed) != list(usual[f"font.{family}"]) or family != "sans-serif":
            chosen += [name for name in listed if name in _installed()][:3]
    return list(dict.fromkeys([*chosen, ALWAYS, *_fallbacks()]))


@lru_cache(maxsize=1)
def _installed() -> frozenset[str]:
    from matplotlib import font_manager

    return frozenset(font.name for font in font_manager.fontManager.ttflist)


@lru_cache(maxsize=1)
def _fallbacks() -> tuple[str, ...]:
    found = (next((name for name in names if name in _installed()), None) for names in _SCRIPTS)
    return tuple(dict.fromkeys(name for name in found if name))
