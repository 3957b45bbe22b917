// @ts-check
/** A person's own picture, as the networks take it: its middle square, made as small as their pictures. It stays in the page. */
export const TYPES = ["image/jpeg", "image/png", "image/webp"];
const MEGABYTES = 30,
  MEGAPIXELS = 60,
  LEAST = 32; // pixels a side

/**
 * @param {File} file @param {number} size of the networks' pictures
 * @returns {Promise<{image: Uint8ClampedArray, says: string}>} RGBA of size * size; rejects with what to do, in a sentence
 */
export async function readPhoto(file, size) {
  if (!TYPES.includes(file.type))
    throw new Error(
      `“${file.name}” is ${file.type || "of no known type"}: choose a picture in the form of JPEG, PNG or WebP`,
    );
  if (file.size > MEGABYTES * 1e6)
    throw new Error(
      `“${file.name}” has ${(file.size / 1e6).toFixed(0)} MB: choose a picture of at most ${MEGABYTES} MB`,
    );
  const unread = () => {
    throw new Error(`“${file.name}” could not be read as a picture: choose another one`);
  };
  const [w, h] = await sizeOf(file).catch(unread); // before its pixels take memory
  if (w * h > MEGAPIXELS * 1e6 || Math.min(w, h) < LEAST)
    throw new Error(
      `“${file.name}” has ${w} × ${h} pixels: choose a picture of at least ${LEAST} pixels a side and at most ${MEGAPIXELS} million`,
    );
  const bitmap = await createImageBitmap(file).catch(unread);
  const { width, height } = bitmap,
    side = Math.min(width, height);
  try {
    const image = shrunk(bitmap, (width - side) / 2, (height - side) / 2, side, size);
    const cut = width === height ? "it" : `its middle square (${side} × ${side})`,
      factor = side / size;
    const change = factor > 1 ? `made ${factor.toFixed(1)} times smaller a side` : "enlarged";
    return {
      image,
      says: `Your picture has ${width} × ${height} pixels. The networks take ${size} × ${size}: ${cut} was ${factor === 1 ? "taken as it is" : change}. It stays on your machine.`,
    };
  } finally {
    bitmap.close();
  }
}

/** @param {File} file @returns {Promise<[number, number]>} width and height, which a browser knows before it decodes */
function sizeOf(file) {
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file),
      image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = reject;
    image.src = address;
    image.addEventListener("load", () => URL.revokeObjectURL(address));
    image.addEventListener("error", () => URL.revokeObjectURL(address));
  });
}

/** Halved until it is near, so that every pixel of the photograph counts. */
function shrunk(bitmap, left, top, side, size) {
  let canvas = canvasOf(Math.max(size, Math.min(side, 2048)));
  let context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, canvas.width, canvas.width);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.width);
  while (canvas.width > size) {
    const smaller = canvasOf(Math.max(size, Math.ceil(canvas.width / 2)));
    context = smaller.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, smaller.width, smaller.width);
    canvas = smaller;
  }
  return context.getImageData(0, 0, size, size).data;
}

function canvasOf(side) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side, side];
  return canvas;
}
