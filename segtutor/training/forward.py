"""One call for every kind of model: pixels in, one of the two output types out, with gradients."""

from ..outputs import MaskOutput, PerPixelOutput


def output_of(model, pixels):
    m = getattr(model, "module", model)
    kind = getattr(getattr(m, "config", None), "model_type", None)
    if kind == "mask2former":
        o = model(pixel_values=pixels, output_auxiliary_logits=True)
        layers = tuple(MaskOutput(a["class_queries_logits"], a["masks_queries_logits"]) for a in o.auxiliary_logits)
        return MaskOutput(o.class_queries_logits, o.masks_queries_logits, None, layers)
    if kind == "upernet":
        return PerPixelOutput(model(pixel_values=pixels).logits)
    return model(pixels)
