"""The papers' claims as small experiments: two arms that differ in one thing, one budget, several seeds.

python -m segtutor.experiments --table                    what was found, all fifteen
python -m segtutor.experiments masked-attention --quick   one of them again, small

scenes.py  what is shown       networks.py, criteria.py  what is trained, and what it minimises
arms.py    both by name        runs.py, measure.py       one training, and its numbers
claim.py   what a claim is     claims/                   the fifteen
arithmetic.py, memory.py       what a network multiplies, and what a loss keeps
statistics.py, figures.py      many numbers to one sentence, and to a picture
stored.py  what is kept        repeat.py                 training what a claim asks for
"""
