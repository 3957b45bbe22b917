// @ts-check
/**
 * Explorers whose networks can be exchanged: a select for each network above the explorer, which is made anew when
 * Python has sent what the new one says (base/shelf.py).
 */
import { element, ownKeys, setText } from "./canvas.js";
import { Lifetime, living } from "./lifetime.js";
import { Turns } from "./turns.js";
import { tr } from "./words.js";

/**
 * As `living`, for an explorer of networks that are on the shelf.
 * @param {(context: {model: any, el: HTMLElement, life: Lifetime}) => void} render
 */
export const shelved = (render) =>
  living(({ model, el, life }) => {
    const offered = model.get("offered") ?? [];
    if (!offered.length || model.kernel === false) return render({ model, el, life });
    const { tell } = new Turns(model),
      inside = element("div"),
      said = element("span", { role: "status", "aria-live": "polite" });
    /** @type {Lifetime | null} */
    let stage = null;
    const selects = offered.map((names, n) => {
      const select = ownKeys(
        element(
          "select",
          {
            class: "segtutor-field",
            "aria-label": offered.length > 1 ? tr("Network {n}", { n: n + 1 }) : tr("Network"),
          },
          ...names.map((name) => element("option", { value: name }, name)),
        ),
        life.signal,
      );
      select.addEventListener(
        "change",
        () => {
          setText(said, tr("Loading {name} …", { name: select.value }));
          tell({ networks: selects.map(({ value }) => value) });
        },
        { signal: life.signal },
      );
      return select;
    });
    const bar = element(
      "div",
      { class: "segtutor-shelf", role: "group", "aria-label": tr("Networks") },
      element("b", {}, offered.length > 1 ? tr("Networks") : tr("Network")),
      ...selects,
      said,
    );
    el.append(element("div", { class: "segtutor-shelved" }, bar, inside));
    // A closed widget lets go of its lists, perhaps before its view ends
    const names = () => model.get("networks")?.forEach((name, n) => (selects[n].value = name));
    const show = () => {
      if (life.signal.aborted) return;
      stage?.end();
      inside.replaceChildren();
      stage = new Lifetime(model);
      names();
      setText(said, "");
      render({ model, el: inside, life: stage });
    };
    life.on("exchanged", () => queueMicrotask(show)); // what it is made from comes in the same message
    life.on("networks", names);
    life.on("not_taken", () => setText(said, model.get("not_taken")));
    life.also(() => stage?.end());
    show();
  });
