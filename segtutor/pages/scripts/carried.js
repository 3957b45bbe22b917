// @ts-check
/** What each page that runs networks does alike: it reads the texts it carries, follows the theme, says what failed. */
import { setText } from "../../widgets/shared/canvas.js";
import { tr } from "../../widgets/shared/words.js";

/** A text that the page carries. What is read once is taken out: it would only fill the memory. */
export function carried(/** @type {string} */ name, { once = true } = {}) {
  const node = /** @type {HTMLElement} */ (document.getElementById(`segtutor-${name}`));
  if (once) node.remove();
  return node.textContent ?? "";
}

/** The explorers' colours are those of the reader's theme, also when it changes. */
export function followTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const sayTheme = () => {
    document.body.dataset.jpThemeLight = String(!dark.matches);
  };
  dark.addEventListener("change", sayTheme);
  sayTheme();
}

/** What the reader is told when a page could not begin; status: where. */
export function sayFailure(/** @type {HTMLElement} */ status, /** @type {Error} */ error) {
  setText(
    status,
    globalThis.DecompressionStream
      ? tr("The page could not be drawn: {reason}. Load it again, or open it in another browser.", {
          reason: error.message,
        })
      : tr(
          "This browser has no DecompressionStream, with which the page is unpacked. Open it in a current Firefox, Chrome, Edge or Safari.",
        ),
  );
  console.error(error);
}
