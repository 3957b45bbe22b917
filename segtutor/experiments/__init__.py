"""The papers' claims as small experiments: two arms that differ in one thing, one budget, several seeds.

python -m segtutor.experiments --table                    what was found, all fifteen
python -m segtutor.experiments masked-attention --quick   one of them again, small
python -m segtutor.experiments convergence --registered   with 1600 steps, as it was decided before

register.toml, register.py   the longer runs: what was decided before them, and the verdict that follows

scenes.py  what is shown       networks.py, criteria.py  what is trained, and what it minimises
arms.py    both by name        runs.py, measure.py       one training, and its numbers
claim.py   what a claim is     claims/                   the fifteen
arithmetic.py, memory.py       what a network multiplies, and what a loss keeps
statistics.py, figures.py      many numbers to one sentence, and to a picture
stored.py  what is kept        repeat.py                 training what a claim asks for
"""

from segtutor.lazy import lazily

# What lessons use; two functions have other names here, since a module has theirs.
_HOME = {
    "AREAS": "measure",
    "Arm": "arms",
    "BATCH": "arms",
    "Effect": "statistics",
    "Runs": "claim",
    "STEPS": "arms",
    "TOUCHING": "measure",
    "all_claims": "claims",
    "build": "arms",
    "categories_of": "scenes",
    "claim_named": "claims:claim",
    "claims_table": "table:table",
    "registered_claims": "claims",
    "components": "claims.touching",
    "drawn_seams": "seams",
    "criterion": "arms",
    "dots": "figures",
    "group_of": "measure",
    "in_words": "repeat:said",
    "multiply_adds": "arithmetic",
    "over": "figures",
    "read_claim": "stored",
    "read_runs": "stored",
    "seam_inference": "seams",
    "seam_labels": "seams",
    "touching_things": "measure",
    "training_bytes": "memory",
    "with_seam": "seams",
}
__all__ = list(_HOME)

__getattr__, __dir__ = lazily(__name__, _HOME)
