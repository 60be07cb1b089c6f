// What a user would write: loads a graph model in Node and runs samples on WASM, batch by batch.
//
//   node bare.mjs INSTALLATION MODEL_FOLDER SAMPLES ROWS ROUNDS SHAPE...
//
// SAMPLES is a file of float32 numbers. Prints the seconds of each round, which loads the model,
// runs all samples and reads the outputs.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [installation, folder, samples, rows, rounds, ...shape] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(installation), 'package.json'));
const tf = require('@tensorflow/tfjs-core');
const { loadGraphModel } = require('@tensorflow/tfjs-converter');
const wasm = require('@tensorflow/tfjs-backend-wasm');

wasm.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);
await tf.setBackend('wasm');

function files() {
  const model = JSON.parse(fs.readFileSync(path.join(folder, 'model.json'), 'utf8'));
  const shards = model.weightsManifest.flatMap(({ paths }) => paths);
  const bytes = Buffer.concat(shards.map((name) => fs.readFileSync(path.join(folder, name))));
  return {
    load: async () => ({
      ...model,
      weightSpecs: model.weightsManifest.flatMap(({ weights }) => weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    }),
  };
}

const { buffer } = fs.readFileSync(samples);
const all = new Float32Array(buffer);
const size = shape.reduce((product, each) => product * Number(each), 1);
for (let round = 0; round < Number(rounds); round += 1) {
  const start = performance.now();
  const model = await loadGraphModel(files());
  for (let first = 0; first * size < all.length; first += Number(rows)) {
    const part = all.subarray(first * size, (first + Number(rows)) * size);
    const input = tf.tensor(part, [part.length / size, ...shape.map(Number)]);
    const output = model.execute(input);
    await output.data();
    tf.dispose([input, output]);
  }
  model.dispose();
  console.log((performance.now() - start) / 1000);
}
