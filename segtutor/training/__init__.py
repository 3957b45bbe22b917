"""Training: one loop for both paradigms (fit), and how each shipped checkpoint was made (recipes, evaluate)."""
