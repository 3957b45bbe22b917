/** SceneEditor: a scene that is edited in the browser and answered by networks in the kernel. See scene_view.js. */
import { kernelAnswerer } from "./scene_answer_kernel.js";
import { sceneView } from "./scene_view.js";

function render({ model, el }) {
  const stop = new AbortController();
  return sceneView({ model, el, stop, answerer: kernelAnswerer(model, stop.signal) });
}

export default { render };
