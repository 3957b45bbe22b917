// @ts-check
/**
 * Repairs of a segmentation, one after the other: the twin of segtutor/widgets/repairs.py, where each kind is described.
 *
 * A segmentation here is {ids: Int32Array (H * W), 0 = void, segments: Map(id -> label)}; label = position of the class.
 */

/** The prediction after all repairs, its map a new one. A repair that names what is not there is left out. */
export function repaired(prediction, truth, repairs, labelOf) {
  const state = { ids: prediction.ids.slice(), segments: new Map(prediction.segments) };
  for (const repair of repairs) apply(state, truth, repair, labelOf);
  return state;
}

function apply({ ids, segments }, truth, repair, labelOf) {
  const { do: kind, segment, other, truth: true_ } = repair;
  if (("segment" in repair && !segments.has(segment)) || ("other" in repair && !segments.has(other))) return;
  if ("truth" in repair && !truth.segments.has(true_)) return;
  const next = Math.max(0, ...segments.keys()) + 1;
  if (kind === "class") segments.set(segment, labelOf(repair.category_id));
  if (kind === "split") segments.set(next, segments.get(segment));
  if (kind === "add") segments.set(next, truth.segments.get(true_));
  const given = truth.ids,
    count = ids.length; // a loop for each kind: asked at every pixel, it would cost more than the work
  if (kind === "remove") for (let i = 0; i < count; i++) ids[i] = ids[i] === segment ? 0 : ids[i];
  else if (kind === "mask")
    for (let i = 0; i < count; i++) ids[i] = given[i] === true_ ? segment : ids[i] === segment ? 0 : ids[i];
  else if (kind === "merge") for (let i = 0; i < count; i++) ids[i] = ids[i] === other ? segment : ids[i];
  else if (kind === "split")
    for (let i = 0; i < count; i++) ids[i] = ids[i] === segment && given[i] === true_ ? next : ids[i];
  else if (kind === "add") for (let i = 0; i < count; i++) ids[i] = given[i] === true_ ? next : ids[i];
  const present = new Uint8Array(next + 1);
  for (let i = 0; i < count; i++) present[ids[i]] = 1;
  for (const id of segments.keys()) if (!present[id]) segments.delete(id);
}
