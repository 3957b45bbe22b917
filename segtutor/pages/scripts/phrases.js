// @ts-check
/** Phrases about a ToyTown scene, and the pixels that each is true of: the twin of data/toytown/language.py. */

/**
 * The phrase as words that the network knows: lower case, without articles, nouns in the singular.
 * @param {string} phrase
 * @param {Record<string, any>} vocabulary words, most, articles, forms, and by their kinds colours, patterns, kinds, stuff
 * @returns {string[]} throws an Error, a sentence, for a word that is none of them and for what is no phrase
 */
export function wordsOf(phrase, { words, most, articles, forms }) {
  const found = phrase
    .slice(0, 1000)
    .toLowerCase()
    .replaceAll(",", " ")
    .split(/\s+/)
    .filter((word) => word && !articles.includes(word))
    .map((word) => (Object.hasOwn(forms, word) ? forms[word] : word));
  if (!found.length || found.length > most)
    throw new Error(`phrase must have 1 to ${most} words, got ${found.length}: try 'red cat'`);
  const unknown = found.find((word) => !words.includes(word));
  if (unknown !== undefined)
    throw new Error(
      `ToyTown does not know the word '${unknown.slice(0, 40)}': try 'red cat' or 'things not blue', with words among ${words.join(", ")}`,
    );
  return found;
}

/**
 * The clauses of a phrase; null for one that the grammar does not have, of which nothing is true or false.
 * @returns {{noun: string, attributes: string[], excluded: string | null}[] | null}
 */
export function clausesOf(phrase, vocabulary) {
  const { colours, patterns, kinds, stuff } = vocabulary,
    clauses = [[]];
  for (const word of wordsOf(phrase, vocabulary)) {
    if (word === "or") clauses.push([]);
    else clauses[clauses.length - 1].push(word);
  }
  const read = clauses.map((said) => {
    const at = said.indexOf("not"),
      body = at < 0 ? said : said.slice(0, at),
      behind = at < 0 ? [] : said.slice(at + 1),
      excluded = behind[0] ?? null;
    if (at >= 0 && (behind.length !== 1 || ["not", "things", "stuff"].includes(behind[0]))) return null;
    const noun = body.at(-1),
      attributes = body.slice(0, -1),
      ofThings = noun === "things" || kinds.includes(noun);
    if (!noun || !(ofThings || noun === "stuff" || stuff.includes(noun))) return null;
    if (attributes.length && !ofThings) return null;
    const order = attributes.map((word) => (colours.includes(word) ? 0 : patterns.includes(word) ? 1 : 2));
    if (order.includes(2) || order.some((one, n) => n && one <= order[n - 1])) return null;
    if (excluded !== null && stuff.includes(excluded) === ofThings) return null;
    return { noun, attributes, excluded };
  });
  return read.every((one) => one !== null) ? read : null;
}

/**
 * The pixels that a phrase is true of; null for what is no phrase.
 * @param {string} phrase
 * @param {Record<string, any>} vocabulary
 * @param {{ids: Uint8Array, things: {kind: string, colour: string, pattern: string}[]}} scene ids: 1 and on, first stuff
 */
export function phraseMask(phrase, vocabulary, { ids, things }) {
  const clauses = clausesOf(phrase, vocabulary),
    meant = new Set();
  if (!clauses) return null;
  vocabulary.stuff.forEach((name, n) => {
    if (clauses.some(({ noun, excluded }) => (noun === name || noun === "stuff") && excluded !== name))
      meant.add(n + 1);
  });
  things.forEach(({ kind, colour, pattern }, n) => {
    const said = [kind, colour, pattern],
      true_ = clauses.some(
        ({ noun, attributes, excluded }) =>
          (noun === kind || noun === "things") &&
          attributes.every((one) => said.includes(one)) &&
          !said.includes(excluded ?? ""),
      );
    if (true_) meant.add(vocabulary.stuff.length + 1 + n);
  });
  return Uint8Array.from(ids, (id) => (meant.has(id) ? 1 : 0));
}
