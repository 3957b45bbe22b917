"""What is fast and how fast: `python -m benchmarks [NAME ...] [--json FILE] [--quick] [--device cuda]`.

Each module of this folder, those with a leading underscore and `harness` apart, is a benchmark NAME. It has

    def rows(settings: harness.Settings) -> Iterable[dict]: ...

and builds its rows with `harness.compare` (ours against a peer, timed alternately) or `harness.against_limit` (where
there is no peer, a fixed limit stands in for it). So in every row a larger `ratio` is better and `ratio >= goal`
means that the goal is met. A module with `BY_NAME_ONLY = True` runs only when it is named, because it takes long.
"""
