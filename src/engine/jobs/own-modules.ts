import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

/** Modules that a script brings along are no larger than this altogether, in bytes. */
export const maxModulesBytes = 50 * 1024 * 1024;

/** A file of a module, and what it is called below the folder that is searched for modules. */
interface ModuleFile {
  /** With `/` on every system: `helpers/dates.py`. */
  readonly name: string;
  readonly path: string;
}

/** What a script imports from its own folder. */
export interface OwnModules {
  readonly files: readonly ModuleFile[];
  readonly bytes: number;
}

/** Folders and files in a package that no module needs, or that nobody must send anywhere. */
const leftOut =
  /^(?:\..*|__pycache__|node_modules|.*\.(?:pyc|pem|key|ppk|p12|pfx)|id_(?:rsa|ed25519|ecdsa)(?:\..*)?)$/i;

/**
 * Finds the modules and packages beside a script that it imports, and that those import: what the script finds where it was written, and
 * executors don't. Whatever isn't imported by name stays here.
 *
 * @param text of the script
 * @param folder in which it is
 */
export async function findOwnModules(text: string, folder: string): Promise<OwnModules> {
  const found = new Map<string, ModuleFile>();
  const asked = new Set<string>();
  let bytes = 0;
  const add = async (file: ModuleFile): Promise<void> => {
    if (found.has(file.name)) return;
    found.set(file.name, file);
    bytes += (await stat(file.path)).size;
    if (extname(file.name) === '.py' && bytes <= maxModulesBytes)
      await follow(await readFile(file.path, 'utf8'));
  };
  const addFolder = async (name: string): Promise<void> => {
    for (const entry of await readdir(join(folder, name), { withFileTypes: true })) {
      if (leftOut.test(entry.name) || bytes > maxModulesBytes) continue;
      const inner = `${name}/${entry.name}`;
      if (entry.isDirectory()) await addFolder(inner);
      else if (entry.isFile()) await add({ name: inner, path: join(folder, inner) });
    }
  };
  const follow = async (source: string): Promise<void> => {
    for (const name of importedNames(source)) {
      if (asked.has(name)) continue;
      asked.add(name);
      const path = join(folder, name);
      if ((await kindOf(`${path}.py`)) === 'file')
        await add({ name: `${name}.py`, path: `${path}.py` });
      else if ((await kindOf(path)) === 'folder' && (await holdsPython(path)))
        await addFolder(name);
    }
  };
  await follow(text);
  return { files: [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), bytes };
}

/**
 * All files of a package, or of a folder of modules, as `--py-files` takes it: a package under its own name.
 *
 * @param folder absolute path
 */
export async function modulesOfFolder(folder: string): Promise<OwnModules> {
  const isPackage = (await kindOf(join(folder, '__init__.py'))) === 'file';
  const files: ModuleFile[] = [];
  let bytes = 0;
  const add = async (path: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (leftOut.test(entry.name)) continue;
      const inner = { name: `${prefix}${entry.name}`, path: join(path, entry.name) };
      if (entry.isDirectory()) await add(inner.path, `${inner.name}/`);
      else if (entry.isFile()) {
        files.push(inner);
        bytes += (await stat(inner.path)).size;
        if (bytes > maxModulesBytes) return;
      }
    }
  };
  await add(folder, isPackage ? `${basename(folder)}/` : '');
  return { files, bytes };
}

/** First parts of the names that a Python text imports, wherever it does; those of strings and comments as well, which harms nobody. */
function importedNames(source: string): string[] {
  const names: string[] = [];
  const name = '[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*';
  for (const [, list = ''] of source.matchAll(/^[ \t]*import[ \t]+([^\n#;]+)/gm))
    for (const part of list.split(',')) {
      const [first = ''] = new RegExp(`^${name}`).exec(part.trim()) ?? [];
      names.push(first);
    }
  const from = new RegExp(
    `^[ \\t]*from[ \\t]+(${name})[\\w.\\u0080-\\uffff]*[ \\t]+import\\b`,
    'gm',
  );
  for (const [, first = ''] of source.matchAll(from)) names.push(first);
  return names.filter(Boolean);
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return 'file';
  return found?.isDirectory() === true ? 'folder' : undefined;
}

/** Whether a folder is one of Python's: a folder of data may be called as some module is. */
async function holdsPython(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => name.endsWith('.py'));
}
