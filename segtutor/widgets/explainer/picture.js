// @ts-check
/**
 * What the page shows, as one picture with a title and a caption: SVG, in which text stays text, or PNG.
 *
 * Read from the page as it is laid out: boxes, pictures, marks, bars and lines of text, each where it stands.
 */
let namespace = "";

/** SVG's, as the browser knows it: no built file says an address of another host. Asked late: a module runs without a page. */
function svgNamespace() {
  if (namespace) return namespace;
  const parsed = document.createElement("template");
  parsed.innerHTML = "<svg></svg>";
  namespace = parsed.content.firstElementChild.namespaceURI;
  return namespace;
}

const MARGIN = 16,
  TITLE = 24,
  CAPTION = 14,
  LINE = 20;

/** @param {Record<string, any>} attributes */
function made(tag, attributes, text = "") {
  const node = document.createElementNS(svgNamespace(), tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text) node.textContent = text;
  return node;
}
const round = (value) => Math.round(10 * value) / 10;
const seen = (colour) => colour !== "transparent" && !/, 0\)$|\/ 0\)$/.test(colour);

/**
 * @param {HTMLElement[]} parts of the page, one below the other
 * @param {{title: string, caption: string}} words
 * @returns {{text: string, width: number, height: number}}
 */
export function asSvg(parts, { title, caption }) {
  const shown = parts.filter((node) => node.getClientRects().length),
    boxes = shown.map((node) => node.getBoundingClientRect()),
    left = Math.min(...boxes.map((one) => one.left)) - MARGIN,
    width = Math.ceil(Math.max(...boxes.map((one) => one.right)) - left + MARGIN),
    page = getComputedStyle(document.body);
  const above = MARGIN + TITLE + MARGIN / 2,
    content = made("g", {});
  let bottom = above;
  shown.forEach((node, n) => {
    const { top, height } = boxes[n],
      group = made("g", { transform: `translate(${round(-left)} ${round(bottom - top)})` });
    paint(node, group);
    content.append(group);
    bottom += height + MARGIN;
  });
  const lines = wrapped(caption, Math.max(20, Math.floor((width - 2 * MARGIN) / (0.55 * CAPTION)))),
    height = Math.ceil(bottom + LINE * lines.length + MARGIN / 2);
  const svg = made("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  svg.setAttribute("font-family", page.fontFamily);
  svg.setAttribute("lang", document.documentElement.lang);
  svg.append(
    made("title", {}, title),
    made("desc", {}, caption),
    made("rect", { width, height, fill: seen(page.backgroundColor) ? page.backgroundColor : "#fff" }),
    made(
      "text",
      { x: MARGIN, y: MARGIN + 0.8 * TITLE, "font-size": TITLE, "font-weight": 700, fill: page.color },
      title,
    ),
    content,
    ...lines.map((line, n) =>
      made("text", { x: MARGIN, y: round(bottom + (n + 0.7) * LINE), "font-size": CAPTION, fill: page.color }, line),
    ),
  );
  return { text: new XMLSerializer().serializeToString(svg), width, height };
}

/** An SVG's text as PNG, twice as fine as the page, coarser where that would be larger than browsers allow. */
export async function asPng({ text, width, height }) {
  const scale = Math.min(2, 8192 / Math.max(width, height)),
    url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })),
    image = new Image();
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((go, fail) => {
      canvas.toBlob((blob) => (blob ? go(blob) : fail(new Error("the browser made no picture"))), "image/png");
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Hands a file to the browser's downloads. @param {Blob} blob */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// Chinese and Japanese are broken between any two of their characters, which are as wide as two letters; but no line
// begins with a mark that ends a sentence or closes brackets.
const WIDE = "\\u2e80-\\u9fff\\uf900-\\ufaff\\uff00-\\uffef";
const CLOSING = "、。，．：；！？）」』”…";
const PIECES = new RegExp(`(?:[${WIDE}](?:[${CLOSING}])*|[^\\s${WIDE}]+[${CLOSING}]*)\\s*`, "g");
const widthOf = (text) => text.length + (text.match(new RegExp(`[${WIDE}]`, "g"))?.length ?? 0);

/** Lines at most as wide as `most` letters. */
export function wrapped(text, most) {
  const lines = [""];
  for (const [piece] of text.matchAll(PIECES)) {
    const longer = lines.at(-1) + piece;
    if (widthOf(longer.trimEnd()) <= most || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines.map((line) => line.trimEnd());
}

const LEFT_OUT = ".open, .shut, .segtutor-hidden, .segtutor-scene-frame, .segtutor-scene-grip, input[type=range]";

function paint(node, into) {
  const style = getComputedStyle(node);
  if (node.matches(LEFT_OUT) || style.display === "none" || style.visibility === "hidden") return;
  const { left: x, top: y, width, height } = node.getBoundingClientRect(),
    place = { x: round(x), y: round(y), width: round(width), height: round(height) };
  if (!width || !height) return;
  if (node instanceof HTMLCanvasElement) {
    into.append(
      made("image", {
        ...place,
        href: node.toDataURL("image/png"),
        preserveAspectRatio: "none",
        "image-rendering": style.imageRendering,
      }),
    );
    return;
  }
  if (node.matches(".mark, .dot")) {
    const ring = { cx: round(x + width / 2), cy: round(y + height / 2), r: round(width / 2) };
    into.append(made("circle", { ...ring, fill: "none", stroke: "#000", "stroke-width": 3 }));
    into.append(
      made("circle", {
        ...ring,
        fill: node.matches(".filled") ? style.backgroundColor : "none",
        stroke: "#fff",
        "stroke-width": 1.5,
      }),
    );
    return;
  }
  if (node.matches(".gone:not(button)")) into.append(made("rect", { ...place, fill: "#000", "fill-opacity": 0.7 }));
  frame(node, style, place, into);
  if (node.matches(".segtutor-bar")) {
    const part = Number(style.getPropertyValue("--part"));
    into.append(made("rect", { ...place, width: round(width * part), fill: style.getPropertyValue("--link") }));
  }
  if (node instanceof HTMLSelectElement || node instanceof HTMLInputElement) {
    const said = node instanceof HTMLSelectElement ? node.selectedOptions[0]?.textContent : node.checked ? "✓" : "";
    if (said) into.append(line(said, x + 6, y + height / 2, style));
    return;
  }
  for (const child of node.childNodes)
    if (child instanceof HTMLElement) paint(child, into);
    else if (child instanceof Text) write(child, style, into);
  if (node.matches("button.gone")) into.append(made("rect", { ...place, fill: "#000", "fill-opacity": 0.5 }));
  const next = node.nextElementSibling?.getBoundingClientRect();
  if (node.matches(".box + .box, .box:has(+ .box)") && next && next.left >= x + width)
    into.append(
      made("path", {
        d: `M${round(x + width + 2)} ${round(y + 17)}H${round(next.left - 5)}m-3 -3l5 3l-5 3`,
        fill: "none",
        stroke: style.color,
        "stroke-width": 1.5,
      }),
    );
}

/** Background, border and outline. */
function frame(node, style, place, into) {
  const edge = style.borderLeftStyle === "solid" && Number.parseFloat(style.borderLeftWidth) > 0,
    filled = seen(style.backgroundColor),
    around = style.outlineStyle === "solid" && style.outlineWidth !== "0px" && !node.matches(":focus");
  if (filled || edge || around)
    into.append(
      made("rect", {
        ...place,
        rx: Number.parseFloat(style.borderTopLeftRadius) || 0,
        fill: filled ? style.backgroundColor : "none",
        stroke: around ? style.outlineColor : edge ? style.borderLeftColor : "none",
        "stroke-width": around ? 2 : Number.parseFloat(style.borderLeftWidth) || 1,
      }),
    );
  const top = Number.parseFloat(style.borderTopWidth);
  if (style.borderTopStyle === "solid" && top > 2)
    into.append(made("rect", { ...place, height: top, fill: style.borderTopColor }));
}

/** A text node, line by line as the page broke it. */
function write(node, style, into) {
  const range = document.createRange();
  let current = null;
  for (const { 0: word, index } of node.data.matchAll(new RegExp(`[${WIDE}]\\s*|[^\\s${WIDE}-]*-?\\s*`, "g"))) {
    if (!word.trim()) continue;
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    if (current && Math.abs(current.top - box.top) < 2) current.text += word;
    else {
      if (current) into.append(current.node());
      const { left, top, height } = box;
      current = { top, text: word, node: () => line(current.text, left, top + height / 2, style) };
    }
  }
  if (current) into.append(current.node());
}

const line = (text, x, y, style) =>
  made(
    "text",
    {
      x: round(x),
      y: round(y),
      "dominant-baseline": "central",
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
      fill: style.color,
      ...(style.fontFamily.includes("mono") ? { "font-family": "monospace" } : {}),
    },
    text.replace(/\s+/g, " ").trim(),
  );
