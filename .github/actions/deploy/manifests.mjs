// The manifests that a request brings: one YAML file as it is, or a folder as a gzipped tar whose bytes depend on nothing but the files.

import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { wrongInput } from './stop.mjs';
import { fitsIntoTar, tar } from './tar.mjs';

/** As boathook's configuration has them (`bundles`); it has the last word. */
export const LIMITS = { bytes: 1 << 20, entries: 500, depth: 10, path: 200 };

/**
 * What `path` holds: `text`, as the request carries it, and `digest`, which names its content: the SHA-256 of what `sha256sum` prints of the
 * files, sorted by their paths. It does not depend on how they are packed.
 */
export function readManifests(path) {
  const stats = statOf(path);
  if (stats.isFile()) return oneFile(path);
  if (!stats.isDirectory()) throw wrongInput(`\`manifests\`: ${path} is neither a file nor a folder`);
  const files = filesOf(path);
  if (files.length === 0) throw wrongInput(`\`manifests\`: ${path} holds no files`);
  const packed = gzipSync(tar(files), { level: 9 });
  // The system on which it was packed, which zlib writes down.
  packed[9] = 0xff;
  return { text: packed.toString('base64'), digest: digestOf(files), files: files.length };
}

/** The digest of files that are sorted by their paths. */
export function digestOf(files) {
  const hex = (bytes) => createHash('sha256').update(bytes).digest('hex');
  return `sha256:${hex(files.map(({ path, bytes }) => `${hex(bytes)}  ${path}\n`).join(''))}`;
}

function oneFile(path) {
  const bytes = readFileSync(path);
  if (bytes.length > LIMITS.bytes) throw tooLarge(path);
  const text = bytes.toString();
  if (Buffer.compare(Buffer.from(text), bytes) !== 0) throw wrongInput(`\`manifests\`: ${path} is not UTF-8`);
  return { text, files: 1 };
}

/** All files below a folder, sorted by the bytes of their paths. */
function filesOf(root) {
  const files = [];
  let entries = 0;
  let size = 0;
  const visit = (folder, depth) => {
    for (const name of readdirSync(join(root, folder))) {
      const path = folder ? `${folder}/${name}` : name;
      if (++entries > LIMITS.entries) throw wrongInput(`\`manifests\`: ${root} holds more than ${LIMITS.entries} files and folders`);
      if (depth > LIMITS.depth) throw wrongInput(`\`manifests\`: ${path} is deeper than ${LIMITS.depth} folders`);
      if (Buffer.byteLength(path) > LIMITS.path) throw wrongInput(`\`manifests\`: the path ${path} is longer than ${LIMITS.path} bytes`);
      if (/[\p{Cc}\ufffd\\]/u.test(name)) throw wrongInput(`\`manifests\`: a name in ${folder || root} has a character that no manifest needs`);
      // The checkout's own folder holds the job's token.
      if (name === '.git') throw wrongInput(`\`manifests\`: ${root} holds ${path}; name the folder of the manifests, and not that of the repository`);
      const stats = statOf(join(root, path));
      if (stats.isDirectory()) {
        visit(path, depth + 1);
        continue;
      }
      if (!stats.isFile()) throw wrongInput(`\`manifests\`: ${path} is no regular file; a link cannot travel`);
      if (!fitsIntoTar(path)) throw wrongInput(`\`manifests\`: ${path} is too long for a tar: a name has at most 100 bytes`);
      size += stats.size;
      if (size > LIMITS.bytes) throw tooLarge(root);
      files.push({ path, bytes: readFileSync(join(root, path)) });
    }
  };
  visit('', 1);
  return files.sort((one, other) => Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)));
}

function statOf(path) {
  try {
    return lstatSync(path);
  } catch (error) {
    throw wrongInput(`\`manifests\`: ${path} cannot be read (${error.code}); is the repository checked out?`);
  }
}

function tooLarge(path) {
  return wrongInput(`\`manifests\`: ${path} holds more than ${LIMITS.bytes} bytes; leave out what no environment needs`);
}
