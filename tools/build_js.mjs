/**
 * Builds what the package carries of JavaScript and styles: `npm ci`, then `npm run build`, or `npm run watch`.
 *
 * An explorer's source is the .js that lies beside a .py and a .css of the same name in its folder; it becomes one ES
 * module and one style sheet in segtutor/widgets/built. Pages have their own list. Each built file begins with the
 * hash of the files it is made of, which tests/test_built.py checks without node. While `npm run watch` runs, a
 * notebook that was started with ANYWIDGET_HMR=1 shows each change at once.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WIDGETS = "segtutor/widgets";
const SCRIPTS = "segtutor/pages/scripts";

/** @returns {{source: string, built: string, format?: "iife"}[]} paths from the repository's root */
function entries() {
  const found = [];
  for (const folder of readdirSync(join(ROOT, WIDGETS)).sort()) {
    const here = join(ROOT, WIDGETS, folder);
    if (!existsSync(join(here, "__init__.py"))) continue;
    for (const file of readdirSync(here)
      .filter((name) => name.endsWith(".css"))
      .sort()) {
      const stem = file.slice(0, -".css".length);
      for (const kind of ["js", "css"]) {
        found.push({ source: `${WIDGETS}/${folder}/${stem}.${kind}`, built: `${WIDGETS}/built/${folder}.${kind}` });
      }
    }
  }
  const pages = {
    mount: "mount",
    networks: "networks",
    click: "click",
    explainer: "explainer_page",
    standalone: "standalone",
  };
  for (const [page, source] of Object.entries(pages)) {
    found.push({ source: `${SCRIPTS}/${source}.js`, built: `segtutor/pages/built/${page}.js` });
  }
  // A worker's program, which may also run as a script of the page: no module
  for (const worker of ["network_worker", "prompt_worker", "explainer_worker"]) {
    found.push({ source: `${SCRIPTS}/${worker}.js`, built: `segtutor/pages/built/${worker}.js`, format: "iife" });
  }
  return found;
}

/** Of an explorer's module only the default: what else it exports is for tests. */
function entry(source) {
  if (!source.startsWith(WIDGETS) || !source.endsWith(".js")) return { entryPoints: [source] };
  return { stdin: { contents: `export { default } from "./${source}";`, resolveDir: ROOT } };
}

/** The lines at the head of a built file. inputs: paths from the root. */
function header(inputs) {
  const files = [...inputs, "tools/build_js.mjs"].sort(),
    hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  const list = files.map((file) => `   ${file}\n`).join("");
  return `/* Built by esbuild ${esbuild.version}: edit the files below, then \`npm run build\`.\n   sha256 ${hash.digest("hex")} of\n${list}*/\n`;
}

/** Writes a finished build with its header, where it changed. */
function written(built) {
  return {
    name: "written",
    setup(build) {
      build.onEnd(({ outputFiles, metafile, errors }) => {
        if (errors.length) return;
        const target = join(ROOT, built),
          text = header(Object.keys(metafile.inputs).filter((name) => name !== "<stdin>")) + outputFiles[0].text;
        if (existsSync(target) && readFileSync(target, "utf8") === text) return;
        writeFileSync(target, text);
        console.log(`${built}: ${(text.length / 1024).toFixed(0)} kB`);
      });
    },
  };
}

const all = entries();
const contexts = await Promise.all(
  all.map(({ source, built, format = "esm" }) =>
    esbuild.context({
      absWorkingDir: ROOT,
      ...entry(source),
      outfile: built,
      bundle: true,
      format,
      target: "es2022",
      charset: "utf8",
      write: false,
      metafile: true,
      logLevel: "warning",
      plugins: [written(built)],
    }),
  ),
);
for (const folder of [`${WIDGETS}/built`, "segtutor/pages/built"]) {
  mkdirSync(join(ROOT, folder), { recursive: true });
  for (const old of readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`)) {
    if (!all.some(({ built }) => built === old)) rmSync(join(ROOT, old));
  }
}
if (process.argv.includes("--watch")) {
  await Promise.all(contexts.map((context) => context.watch()));
  console.log(`watching ${all.length} entries, such as ${all[0].source}: Ctrl-C ends it`);
} else {
  await Promise.all(contexts.map((context) => context.rebuild()));
  await Promise.all(contexts.map((context) => context.dispose()));
}
