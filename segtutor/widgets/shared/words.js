// @ts-check
/**
 * What is said to a reader, in the language that was chosen: `tr("Query {n}", { n: 3 })`.
 *
 * The English text is the name of a message; a message without a translation is shown in English. The catalogues are
 * made by tools/words.py, which finds the messages by the names of the functions below: they are called with texts.
 */

/** @typedef {{language: string, messages: Record<string, string | string[]>, plurals: string[], complete?: any}} Catalogue
 *   messages: English -> translation, for numbers a list of forms; plurals: which number each form is for, as
 *   Intl.PluralRules calls it; complete: whether every message of the script has a translation */

/** @type {Catalogue} */
const ENGLISH = { language: "en", messages: {}, plurals: ["one", "other"] };
const ENGLISH_RULES = new Intl.PluralRules("en");
let catalogue = ENGLISH,
  rules = ENGLISH_RULES;

/** From now on all is said in this language. @param {Catalogue | null} chosen null: English */
export function useWords(chosen) {
  catalogue = chosen ?? ENGLISH;
  rules = new Intl.PluralRules(catalogue.language);
}

/** The language in use, as `lang` says it. */
export const language = () => catalogue.language;

const filled = (text, values) =>
  text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));

/** A message in the language in use. @param {string} message with {names} in it @param {Record<string, unknown>} values by name */
export function tr(message, values = {}) {
  const found = catalogue.messages[message];
  return filled(typeof found === "string" ? found : message, values);
}

/** A message that counts: {n} stands for the number. @param {string} one @param {string} other @param {number} n */
export function trCount(one, other, n, values = {}) {
  const found = catalogue.messages[one],
    forms = Array.isArray(found) ? found : [one, other],
    category = (Array.isArray(found) ? rules : ENGLISH_RULES).select(n),
    at = (Array.isArray(found) ? catalogue.plurals : ENGLISH.plurals).indexOf(category);
  return filled(forms.at(at), { n, ...values }); // -1: the last form, which is "other"
}

/** A message with elements in it, as parts to append. @param {string} message @param {Record<string, any>} values texts or nodes */
export const trParts = (message, values) =>
  tr(message)
    .split(/\{(\w+)\}/)
    .map((part, n) => (n % 2 ? values[part] : part))
    .filter((part) => part !== "");

/** Marks a message of a table that is made before the language is known; `tr` translates it where it is shown. */
export const trLater = (/** @type {string} */ message) => message;
