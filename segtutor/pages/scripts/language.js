// @ts-check
/** The language of a page that carries several: the one it is written in, or the one that its address asks for. */
import { useWords } from "../../widgets/shared/words.js";
import { carried } from "./carried.js";

const NAME = "lang"; // in the address

/** The address's text after "#" with the language, where it is not the one that the page is written in. */
export const withLanguage = (/** @type {string} */ hash) => (asked ? `${hash}&${NAME}=${asked}` : hash);
/** @type {string | null} */
let asked = null;
let hashNow = () => location.hash;

/** Says how to get the address's text after "#" as it is at this moment: the address itself may follow a little later. */
export const addressFrom = (/** @type {() => string} */ read) => (hashNow = read);

/** Begins in the language of the address; one that the page does not carry counts as none. To be called before all else. */
export function beginInLanguage() {
  const versions = JSON.parse(carried("languages")),
    root = document.documentElement,
    wanted = new URLSearchParams(location.hash.slice(1)).get(NAME) ?? "";
  if (Object.hasOwn(versions, wanted) && wanted !== root.lang) asked = wanted;
  const own = root.lang,
    language = asked ?? own,
    { title, held, words } = versions[language];
  useWords(words);
  if (asked) {
    root.lang = language;
    document.title = title;
    for (const node of document.querySelectorAll("[data-tr]"))
      node.innerHTML = held[/** @type {HTMLElement} */ (node).dataset.tr ?? ""];
    for (const node of document.querySelectorAll("[data-tr-label]"))
      node.setAttribute("aria-label", held[/** @type {HTMLElement} */ (node).dataset.trLabel ?? ""]);
  }
  const select = /** @type {HTMLSelectElement} */ (document.getElementById("language"));
  select.value = language;
  select.addEventListener("change", () => {
    const rest = hashNow()
      .slice(1)
      .split("&")
      .filter((one) => one && !one.startsWith(`${NAME}=`));
    if (select.value !== own) rest.push(`${NAME}=${select.value}`);
    history.replaceState(null, "", `#${rest.join("&")}`);
    location.reload();
  });
}
