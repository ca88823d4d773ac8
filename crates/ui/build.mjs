// Bundles scripts, styles, fonts and images into dist/ under names that carry a
// hash of their content, with manifest.json (logical name -> file) and a gzip and
// brotli form beside every file that gains from it.
//
// Whoever reads dist/ meanwhile never finds half of it: each file is written
// elsewhere and renamed into place, the manifest after all it names, and what an
// older manifest named goes last.
import { brotliCompressSync, gzipSync, constants } from "node:zlib";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import * as esbuild from "esbuild";

const here = new URL(".", import.meta.url).pathname;
const dist = here + "dist/";
const MANIFEST = "manifest.json";

/** The forms of a file that browsers take in its place. */
const compressed = (name, content) => {
  if (![".js", ".css", ".svg", ".webmanifest"].includes(extname(name))) return [];
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return [
    [name + ".gz", gzipSync(content, { level: 9 })],
    [name + ".br", brotliCompressSync(content, { params })],
  ];
};

/** Every file of the build by its name, and which is which. */
const gather = ({ metafile, outputFiles }) => {
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const manifest = {};
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (!output.entryPoint) continue;
    manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(path);
  }
  for (const name of readdirSync(here + "images")) {
    const content = readFileSync(here + "images/" + name);
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
    const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
    files.set(hashed, content);
    manifest[name] = hashed;
  }
  return { files, manifest: JSON.stringify(manifest, null, 2) + "\n" };
};

/** Makes dist/ what was built. A name that is there already has this content. */
const place = ({ files, manifest }) => {
  mkdirSync(dist, { recursive: true });
  // In the same file system as dist/, which renaming needs.
  const desk = mkdtempSync(here + "node_modules/.dist-");
  const kept = new Set([MANIFEST]);
  const put = (name, content) => {
    writeFileSync(`${desk}/${name}`, content);
    renameSync(`${desk}/${name}`, dist + name);
  };
  try {
    for (const [name, content] of files) {
      const there = existsSync(dist + name);
      const forms = there && existsSync(`${dist}${name}.br`) ? [[name + ".gz"], [name + ".br"]] : compressed(name, content);
      if (!there) put(name, content);
      kept.add(name);
      for (const [form, packed] of forms) {
        if (packed) put(form, packed);
        kept.add(form);
      }
    }
    const before = existsSync(dist + MANIFEST) ? readFileSync(dist + MANIFEST, "utf8") : "";
    if (before !== manifest) put(MANIFEST, manifest);
    for (const name of readdirSync(dist)) if (!kept.has(name)) rmSync(dist + name, { recursive: true });
  } finally {
    rmSync(desk, { recursive: true });
  }
};

// Turbo writes its progress bar's styles into a <style> element as it loads, which
// the content security policy refuses; our own bar is in the style sheet.
const withoutInlineStyle = {
  name: "without-inline-style",
  setup(build) {
    build.onLoad({ filter: /turbo\.es2017-esm\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const call = "this.installStylesheetElement();";
      if (!source.includes(call)) throw new Error("Turbo changed how it installs its styles: look at build.mjs");
      return { contents: source.replace(call, ""), loader: "js" };
    });
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: ["script/app.ts", "styles/app.css", "styles/fonts.css"],
  outdir: "dist",
  write: false,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2022", "safari17.5", "chrome123", "firefox120"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
  logLevel: "info",
  plugins: [withoutInlineStyle, {
    name: "place",
    setup(build) {
      build.onEnd((result) => { if (result.errors.length === 0) place(gather(result)); });
    },
  }],
};

if (process.argv.includes("--watch")) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
