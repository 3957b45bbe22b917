# An explorer in marimo, where cells run again when what they read has changed:
#     pip install marimo
#     marimo run explorer_marimo.py          (or `marimo edit`)

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import marimo as mo

    import segtutor as st

    return mo, st


@app.cell
def _(mo, st):
    image, truth = st.toytown.scene(200259).render()
    segmenter = st.load("mask2former-toytown").set_image(image)
    explorer = mo.ui.anywidget(st.widgets.ThresholdExplorer(segmenter, image, truth))
    explorer
    return (explorer,)


@app.cell
def _(explorer, mo):
    chosen = explorer.value["score_threshold"]
    mo.md(f"The score threshold in Python: {chosen:.2f}; segments: {len(explorer.value['segments'])}")
    return


if __name__ == "__main__":
    app.run()
