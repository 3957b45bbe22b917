// @ts-check
/** A person's own picture, as the networks take it: its middle square, made as small as their pictures. It stays in the page. */
import { tr } from "../shared/words.js";
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
      tr("“{name}” is {type}: choose a picture in the form of JPEG, PNG or WebP", {
        name: file.name,
        type: file.type || tr("of no known type"),
      }),
    );
  if (file.size > MEGABYTES * 1e6)
    throw new Error(
      tr("“{name}” has {size} MB: choose a picture of at most {most} MB", {
        name: file.name,
        size: (file.size / 1e6).toFixed(0),
        most: MEGABYTES,
      }),
    );
  const unread = () => {
    throw new Error(tr("“{name}” could not be read as a picture: choose another one", { name: file.name }));
  };
  const [w, h] = await sizeOf(file).catch(unread); // before its pixels take memory
  if (w * h > MEGAPIXELS * 1e6 || Math.min(w, h) < LEAST)
    throw new Error(
      tr(
        "“{name}” has {w} × {h} pixels: choose a picture of at least {least} pixels a side and at most {most} million",
        { name: file.name, w, h, least: LEAST, most: MEGAPIXELS },
      ),
    );
  const bitmap = await createImageBitmap(file).catch(unread);
  const { width, height } = bitmap,
    side = Math.min(width, height);
  try {
    const image = shrunk(bitmap, (width - side) / 2, (height - side) / 2, side, size);
    const factor = side / size;
    const says = [
      tr("Your picture has {width} × {height} pixels. The networks take {size} × {size}.", { width, height, size }),
    ];
    if (width !== height) says.push(tr("Its middle square ({side} × {side}) is used.", { side }));
    if (factor > 1) says.push(tr("It was made {factor} times smaller a side.", { factor: factor.toFixed(1) }));
    if (factor < 1) says.push(tr("It was enlarged."));
    says.push(tr("It stays on your machine."));
    return { image, says: says.join(" ") };
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
