// Reads the files of a graph model from disk as TensorFlow.js wants them, strictly: a browser
// that is given wrong files computes nonsense without a word.

import fs from 'node:fs';
import path from 'node:path';

const ITEM_BYTES = {
  float32: 4, int32: 4, complex64: 8, float16: 2, uint16: 2, uint8: 1, bool: 1,
};
const LENGTH_BYTES = 4;

function arrayBuffer(file) {
  const { buffer, byteOffset, byteLength } = fs.readFileSync(file);
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
}

// The bytes of a shard, which must lie inside `folder`, links included.
function readShard(folder, name) {
  const file = path.resolve(folder, name);
  const inside = (base, child) => child.startsWith(base + path.sep);
  if (!inside(folder, file) || !inside(fs.realpathSync(folder), fs.realpathSync(file))) {
    throw new Error(`The weight file '${name}' lies outside the model's folder`);
  }
  return arrayBuffer(file);
}

// Strings carry their lengths with them, so their size is known only from the bytes.
function stringBytes(count, offset, bytes) {
  let end = offset;
  for (let index = 0; index < count; index += 1) {
    const start = end + LENGTH_BYTES;
    if (start > (bytes.byteLength ?? 0)) return Infinity;
    end = start + new DataView(bytes.slice(end, start)).getUint32(0, true);
  }
  return end - offset;
}

function weightBytes({ name, dtype, shape, quantization }, offset, bytes) {
  const count = shape.reduce((product, size) => product * size, 1);
  if (dtype === 'string') return stringBytes(count, offset, bytes);
  const stored = quantization?.dtype ?? dtype;
  if (!(stored in ITEM_BYTES)) throw new Error(`Unsupported dtype in weight '${name}': ${stored}`);
  return count * ITEM_BYTES[stored];
}

// TensorFlow.js reads all groups as one stretch of bytes: a group of a wrong length would
// shift every weight after it.
function checkLength(tf, { paths, weights }, shards) {
  const bytes = new tf.io.CompositeArrayBuffer(shards);
  const held = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const needed = weights.reduce((sum, weight) => sum + weightBytes(weight, sum, bytes), 0);
  if (needed !== held) {
    throw new Error(
      `The weight files ${paths.join(', ')} hold ${held} bytes, the weights need ${needed}`,
    );
  }
}

// An io handler for the model.json at `entry`.
export function modelFiles(tf, entry) {
  const folder = path.dirname(path.resolve(entry));
  return {
    async load() {
      const model = JSON.parse(fs.readFileSync(entry, 'utf8'));
      return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
        const shards = manifest.map((group) => {
          const buffers = group.paths.map((name) => readShard(folder, name));
          checkLength(tf, group, buffers);
          return buffers;
        });
        return [manifest.flatMap(({ weights }) => weights), shards.flat()];
      });
    },
  };
}
