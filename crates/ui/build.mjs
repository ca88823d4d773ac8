// Bundles scripts, styles, fonts and images into dist/ under names that carry a
// hash of their content, writes manifest.json (logical name -> file) and a gzip
// and brotli form beside every file that gains from it.
import { brotliCompressSync, gzipSync, constants } from "node:zlib";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import * as esbuild from "esbuild";

const dist = new URL("dist/", import.meta.url).pathname;

const emptyDist = () => {
  mkdirSync(dist, { recursive: true });
  for (const file of readdirSync(dist)) rmSync(dist + file, { recursive: true });
};

const compress = () => {
  for (const file of readdirSync(dist)) {
    if (![".js", ".css", ".svg", ".webmanifest"].includes(extname(file))) continue;
    const content = readFileSync(dist + file);
    writeFileSync(dist + file + ".gz", gzipSync(content, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(dist + file + ".br", brotliCompressSync(content, { params }));
  }
};

const finish = (result) => {
  const manifest = {};
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint) continue;
    manifest[basename(output.entryPoint).replace(/\.ts$/, ".js")] = basename(path);
  }
  for (const name of readdirSync(new URL("images/", import.meta.url))) {
    const content = readFileSync(new URL("images/" + name, import.meta.url));
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
    const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
    writeFileSync(dist + hashed, content);
    manifest[name] = hashed;
  }
  compress();
  writeFileSync(dist + "manifest.json", JSON.stringify(manifest, null, 2) + "\n");
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
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["script/app.ts", "styles/app.css", "styles/fonts.css"],
  outdir: "dist",
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
    name: "finish",
    setup(build) {
      build.onStart(emptyDist);
      build.onEnd((result) => { if (result.errors.length === 0) finish(result); });
    },
  }],
};

if (process.argv.includes("--watch")) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
