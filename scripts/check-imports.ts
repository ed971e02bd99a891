/**
 * The import check: every import between files goes the way of layers.ts, packages stay in their homes,
 * what ships imports only what ships, and no files import each other in a circle (types count too).
 */
import { builtinModules } from "node:module";
import { posix } from "node:path";
import { LAYERS, type Layer, PACKAGES } from "./layers.ts";
import { isEntry, readJson, readText, sourceFiles } from "./tree.ts";

/** What is checked: source text by path from the repository's root, and the packages that ship. */
export interface Tree {
  readonly files: ReadonlyMap<string, string>;
  readonly dependencies: readonly string[];
}

// Formatted source has one statement a line, so that a specifier can be found without a parser.
const SPECIFIERS: readonly RegExp[] = [
  /^\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s*)?["']([^"']+)["']/gm,
  /\b(?:import|require|getBuiltinModule)\(\s*["']([^"']+)["']/g,
];
const SHIPPED = ["agent/", "plugins/"]; // the interface and the shell are bundled

/** The module specifiers in `source`, in no particular order. */
export function specifiersOf(source: string): string[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  return SPECIFIERS.flatMap((pattern) => [...code.matchAll(pattern)].map((hit) => hit[1] ?? ""));
}

/** Every fault of the tree as one line of text; none means that the tree is sound. */
export function checkImports(tree: Tree): string[] {
  const faults: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of tree.files) {
    const targets: string[] = [];
    for (const specifier of specifiersOf(source)) {
      if (specifier.startsWith(".")) {
        const target = posix.join(posix.dirname(file), specifier);
        targets.push(target);
        faults.push(...fileFaults(file, target));
      } else {
        faults.push(...packageFaults(file, specifier, tree.dependencies));
      }
    }
    graph.set(file, targets);
  }
  return [...new Set(faults), ...circles(graph)];
}

function fileFaults(file: string, target: string): string[] {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file}: belongs to no layer (scripts/layers.ts)`];
  return mayImport(layer, target) ? [] : [`${file}: ${layer.under} may not import ${target}`];
}

function layerOf(file: string): Layer | undefined {
  return LAYERS.filter((layer) => file.startsWith(layer.under)).toSorted(
    (a, b) => b.under.length - a.under.length,
  )[0];
}

function mayImport(layer: Layer, target: string): boolean {
  const named = [layer.under, ...layer.may].some((path) => target.startsWith(path));
  return named && !(layer.mayNot ?? []).some((path) => target.startsWith(path));
}

function packageFaults(file: string, specifier: string, dependencies: readonly string[]): string[] {
  const faults: string[] = [];
  const builtin = specifier.startsWith("node:") || builtinModules.includes(specifier);
  const name = builtin ? `node:${specifier.replace(/^node:/, "")}` : packageName(specifier);
  for (const rule of PACKAGES) {
    const hit = rule.name.endsWith("*")
      ? name.startsWith(rule.name.slice(0, -1))
      : name === rule.name;
    if (hit && !rule.only.some((path) => file.startsWith(path))) {
      faults.push(`${file}: ${name} is imported only under ${rule.only.join(", ")}`);
    }
  }
  const ships = SHIPPED.some((path) => file.startsWith(path));
  if (ships && !builtin && !dependencies.includes(name)) {
    faults.push(`${file}: ${name} is not in package.json's dependencies`);
  }
  return faults;
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Each circle once, found depth first. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const since = path.indexOf(file);
    if (since >= 0) {
      found.push(`import circle: ${[...path.slice(since), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

if (isEntry(import.meta.filename)) {
  const files = new Map(sourceFiles().map((file) => [file, readText(file)]));
  const { dependencies } = readJson("package.json") as { dependencies: Record<string, string> };
  const faults = checkImports({ files, dependencies: Object.keys(dependencies) });
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
