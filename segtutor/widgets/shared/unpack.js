// @ts-check
/** Packed bytes: as a page carries them, in text, and as Python sends them. */

/** Base64 of gzip. @returns {Promise<Uint8Array<ArrayBuffer>>} */
export const unpack = (text) =>
  inflate(
    Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)),
    "gzip",
  );

/**
 * A zlib stream (Python's zlib.compress, the inside of a PNG), as bytes or a Blob.
 * @param {Blob | Uint8Array<ArrayBuffer> | DataView<ArrayBuffer>} packed
 * @param {CompressionFormat} format
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function inflate(packed, format = "deflate") {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
