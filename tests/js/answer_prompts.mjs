// Answers for tests/test_prompt_canvas.py: cases in a JSON file in, label maps as base64 on stdout.
import { readFileSync } from "node:fs";
import { paintPrompts, paintStroke } from "../../segtutor/widgets/shared/raster.js";

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map(({ size, scribbles, points }) => {
  const whole = paintPrompts(size, scribbles, points),
    grown = new Int16Array(whole.length).fill(-1);
  for (const { points: line, width, label } of scribbles) {
    // place by place, as under the pointer
    paintStroke(grown, size, line.slice(0, 1), width, label);
    for (let n = 1; n < line.length; n++) paintStroke(grown, size, line.slice(n - 1, n + 1), width, label);
  }
  return { whole: Buffer.from(whole.buffer).toString("base64"), grown: Buffer.from(grown.buffer).toString("base64") };
});
process.stdout.write(JSON.stringify(answers));
