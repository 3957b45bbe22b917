// For tests/test_click_questions.py: questions in a JSON file in; what the page of clicks makes of them on stdout.
import { readFileSync } from "node:fs";
import { questionOf, tokensOf } from "../../segtutor/pages/scripts/asker.js";
import { maskIou, meaningsOf, meantOf, nextClick } from "../../segtutor/pages/scripts/meanings.js";
import { phraseMask, wordsOf } from "../../segtutor/pages/scripts/phrases.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64")),
  base64 = (mask) => mask && Buffer.from(mask).toString("base64");
const { size, vocabulary, truth, questions, phrases } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const known = {
  ids: bytes(truth.ids),
  things: truth.things,
  regions: truth.regions.map((region) => ({ ...region, mask: bytes(region.mask) })),
};
const answered = questions.map(({ traits, level, answer }) => {
  const question = questionOf(traits),
    meanings = meaningsOf(question, known, size, vocabulary),
    meant = meanings.length
      ? meantOf(
          meanings.map((one) => one.level),
          level,
        )
      : null,
    wanted = meant === null ? null : meanings[meant].mask;
  return {
    kind: question.kind,
    tokens: question.kind === "text" ? null : tokensOf(question, size),
    meanings: meanings.map((one) => ({ ...one, mask: base64(one.mask) })),
    meant,
    iou: wanted && maskIou(bytes(answer), wanted),
    next: wanted && nextClick(wanted, bytes(answer), size),
  };
});
const read = phrases.map((phrase) => {
  try {
    return { words: wordsOf(phrase, vocabulary), mask: base64(phraseMask(phrase, vocabulary, known)) };
  } catch (error) {
    return { problem: error.message };
  }
});
process.stdout.write(JSON.stringify({ answered, read }));
