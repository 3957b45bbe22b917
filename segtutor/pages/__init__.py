"""Lessons as single files that a browser opens from disk, and the explorers as an application.

    segtutor page 00          one lesson, with its explorers, in a file of its own
    segtutor site --out F     the whole course in a folder, for any static host
    segtutor play             the explorers without a notebook

Needs the extra `lab` (nbclient and nbconvert for pages, Voila for play). Equations are set by the KaTeX in katex/.
"""
