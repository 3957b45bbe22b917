/**
 * An explorer as one ES module that asks for no Python and for no other file: for MyST's `{anywidget}`, and for any page
 * that can import a module and has an element to give. Python puts the JSON text of {module, css, state} in the place of
 * the one text below (segtutor/pages/standalone.py).
 */
import { decoded, makeModel, viewOf, widgetOf } from "./host.js";

const CARRIED = "SEGTUTOR-CARRIED";

export default {
  /** As anywidget's `render`; the page's own model is not asked, since all state is in this file. @returns its end */
  async render({ el }) {
    const { module, css, state } = JSON.parse(CARRIED);
    const { model } = makeModel(decoded(state, viewOf), { kernel: false });
    const widget = await widgetOf(module);
    await widget.initialize?.({ model });
    const style = document.createElement("style"),
      root = document.createElement("div");
    style.textContent = css;
    el.append(style, root);
    const end = await widget.render({ model, el: root });
    return () => {
      end?.();
      style.remove();
      root.remove();
    };
  },
};
