// @ts-check
/** A picture from a file of the learner's: checked in size here, decoded by Python where there is one. */
import { tr } from "../shared/words.js";

const MOST_PIXELS = 50e6;

/** Sends a file to Python, which decodes and reduces it; on a page without Python the browser does. */
export async function pictureFromFile(file, { model, get, tell, signal }) {
  const most = get("upload_bytes"),
    size = `${(file.size / 1e6).toFixed(1)} MB`;
  if (file.size > most || !file.size) {
    return tell({
      refused: tr("{file} has {size}, and at most {most} MB can be taken: make it smaller.", {
        file: file.name || tr("The file"),
        size,
        most: (most / 1e6).toFixed(0),
      }),
    });
  }
  const bytes = await file.arrayBuffer();
  if (signal.aborted) return undefined;
  if (model.kernel !== false) return model.send({ do: "picture" }, undefined, [bytes]);
  try {
    const bitmap = await createImageBitmap(file),
      { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new Error("too large");
    const scale = Math.min(1, get("longest_side") / Math.max(width, height)),
      canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const png = await (await new Promise((done) => canvas.toBlob(done, "image/png"))).arrayBuffer();
    return tell({
      points: [],
      boxes: [],
      scribbles: [],
      text: "",
      refused: "",
      view: "picture",
      answer: new DataView(new ArrayBuffer(0)),
      size: [canvas.height, canvas.width],
      picture: new DataView(png),
    });
  } catch {
    return tell({
      refused: tr("{file} is no picture that this browser can open: save it as JPEG or PNG.", {
        file: file.name || tr("The file"),
      }),
    });
  }
}
