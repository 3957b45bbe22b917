// @ts-check
/** SceneEditor: a scene that is edited in the browser and answered by networks in the kernel. See view.js. */
import { kernelAnswerer } from "../shared/scene/kernel.js";
import { sceneView } from "./view.js";
import { shelved } from "../shared/shelf.js";

function render({ model, el, life }) {
  sceneView({ model, el, life, answerer: kernelAnswerer(model, life) });
}

export default { render: shelved(render) };
