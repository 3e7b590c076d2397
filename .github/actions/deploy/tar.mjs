// A tar of regular files, as POSIX describes it (ustar), without owners and times.

const BLOCK = 512;
const NAME = 100;
const PREFIX = 155;

/** The tar of `files`, each with `path` and `bytes`. */
export function tar(files) {
  const parts = files.flatMap(({ path, bytes }) => [header(path, bytes.length), bytes, Buffer.alloc(padding(bytes.length))]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function header(path, size) {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = split(Buffer.from(path));
  name.copy(block, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  prefix.copy(block, 345);
  const sum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Whether the format can hold a path. */
export function fitsIntoTar(path) {
  const bytes = Buffer.from(path);
  const at = cutOf(bytes);
  return bytes.length <= NAME || (at > 0 && at <= PREFIX && at < bytes.length - 1);
}

/** A path that is too long for one field goes into two, cut at a slash. */
function split(path) {
  if (path.length <= NAME) return [Buffer.alloc(0), path];
  const at = cutOf(path);
  return [path.subarray(0, at), path.subarray(at + 1)];
}

function cutOf(path) {
  return path.indexOf('/', Math.max(path.length - NAME - 1, 0));
}

function padding(size) {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
