// @ts-check
/**
 * Shows one slide at a time: arrow keys, the space bar, Home and End, or buttons; "c" shows the code.
 *
 * The address ends with the number of the slide, so that a link or a reload comes back to it. A key that something on
 * the slide wants for itself (a slider of an explorer, a field) turns no slide.
 */
export function present() {
  const slides = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".slide")]);
  const back = /** @type {HTMLButtonElement} */ (document.getElementById("back"));
  const next = /** @type {HTMLButtonElement} */ (document.getElementById("next"));
  const count = document.getElementById("count");
  const code = /** @type {HTMLInputElement} */ (document.getElementById("show-code"));
  let here = 0;

  /** @param {number} place from 0; beyond the ends it is the first or the last */
  function show(place, focus = true) {
    here = Math.max(0, Math.min(slides.length - 1, place));
    slides.forEach((slide, number) => slide.classList.toggle("here", number === here));
    count.textContent = `${here + 1} / ${slides.length}`;
    back.disabled = here === 0;
    next.disabled = here === slides.length - 1;
    if (location.hash !== `#${here + 1}`) history.replaceState(null, "", `#${here + 1}`);
    slides[here].scrollTop = 0;
    if (focus) slides[here].focus({ preventScroll: true });
  }

  const named = () => Number.parseInt(location.hash.slice(1), 10) - 1 || 0;
  const KEYS = {
    ArrowRight: () => show(here + 1),
    PageDown: () => show(here + 1),
    " ": () => show(here + 1),
    ArrowLeft: () => show(here - 1),
    PageUp: () => show(here - 1),
    Home: () => show(0),
    End: () => show(slides.length - 1),
    c: () => code.click(),
  };

  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const wanted =
      target.closest("figure, input, textarea, select, button, summary, a") && !target.closest(".turn label");
    const act = KEYS[event.key];
    if (!act || wanted || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
  back.addEventListener("click", () => show(here - 1));
  next.addEventListener("click", () => show(here + 1));
  addEventListener("hashchange", () => show(named()));

  document.body.classList.add("presenting");
  document.body.classList.toggle("without-code", !code.checked);
  show(named(), false);
}
