// @ts-check
/**
 * The worker of the Explainer: it tells every tensor, and the answer of a per-pixel network, whose connected components
 * take the longest. The masks are merged on the page, where thresholds move.
 */
import { answerOf } from "./answers.js";
import { serve } from "./network_session.js";

serve((facts, outputs) => ({
  ...(facts.family === "mask" ? {} : answerOf(facts, outputs)),
  tensors: Object.fromEntries(Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data }])),
}));
