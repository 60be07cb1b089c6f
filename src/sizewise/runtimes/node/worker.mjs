// Runs TensorFlow.js graph models for the Python process that started it.
//
//   node worker.mjs INSTALLATION
//
// One request frame on stdin is answered by one frame on stdout; the end of stdin ends the
// worker. frames.mjs describes the frames, COMMANDS the requests. Everything that
// TensorFlow.js prints goes to stderr.

import { Console } from 'node:console';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

import { readFrame, writeFrame } from './frames.mjs';
import { modelFiles } from './model_files.mjs';
import { decode, encode } from './tensors.mjs';

globalThis.console = new Console(process.stderr, process.stderr);
// Not even opened: Node would make the pipe non-blocking, and frames would be cut off.
Object.defineProperty(process, 'stdout', { get: () => process.stderr });

const installation = path.resolve(process.argv[2]);
const require = createRequire(path.join(installation, 'package.json'));
const tf = require('@tensorflow/tfjs-core');
const converter = require('@tensorflow/tfjs-converter');
const wasm = require('@tensorflow/tfjs-backend-wasm');
const cpu = require('@tensorflow/tfjs-backend-cpu');

wasm.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);

const BACKENDS = { cpu: cpu.MathBackendCPU, wasm: wasm.BackendWasm };
// TensorFlow.js answers these categories of ops with promises, which execute() refuses.
const ASYNCHRONOUS = new Set(['control', 'dynamic', 'hash_table']);

const models = new Map();
let modelCount = 0;
let selected = null;

// Makes `name` the backend, or throws: TensorFlow.js can fall back without a word.
async function select(name) {
  if (selected === name) return;
  const accepted = await tf.setBackend(name);
  const actual = tf.getBackend();
  if (!accepted || actual !== name || !(tf.backend() instanceof BACKENDS[name])) {
    throw new Error(`The backend '${name}' could not be started (active: '${actual}')`);
  }
  if (name === 'wasm' && !(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new Error("The backend 'wasm' has no SIMD here");
  }
  selected = name;
}

// The optimiser may have dropped an input that no output depends on.
function feedsOf({ nodes }, tensors) {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => name.split(':')[0] in nodes),
  );
}

// The outputs, and the time from tensors that are in place to outputs that are read.
async function runOnce({ model, asynchronous }, feeds, outputs) {
  tf.engine().startScope();
  try {
    const start = performance.now();
    const result = asynchronous
      ? await model.executeAsync(feeds, outputs)
      : model.execute(feeds, outputs);
    const values = await Promise.all([result].flat().map(encode));
    return { values, seconds: (performance.now() - start) / 1000 };
  } finally {
    tf.engine().endScope();
  }
}

const COMMANDS = {
  // {path, backend} -> {model, seconds}; `path` is that of model.json.
  async load({ path: entry, backend }) {
    await select(backend);
    const start = performance.now();
    let weights = [];
    let model;
    tf.engine().startScope();
    try {
      model = await converter.loadGraphModel(modelFiles(tf, entry));
      weights = Object.values(model.weights).flat();
    } finally {
      tf.engine().endScope(weights);
    }
    const seconds = (performance.now() - start) / 1000;
    const nodes = model.executor.graph.nodes;
    const asynchronous =
      model.initializer != null ||
      Object.values(nodes).some(({ category }) => ASYNCHRONOUS.has(category));
    modelCount += 1;
    models.set(modelCount, { model, nodes, backend, asynchronous });
    return { model: modelCount, seconds };
  },

  // {model, inputs, outputs, repeat, warm_seconds} + tensors -> {outputs, seconds} + tensors.
  // `inputs` are specs of tensors, `outputs` are names. The model is run for `warm_seconds`,
  // then `repeat` times; `seconds` has the duration of each of these.
  async run({ model: id, inputs, outputs, repeat, warm_seconds: warmSeconds }, payload) {
    const loaded = models.get(id);
    await select(loaded.backend);
    const seconds = [];
    let last;
    tf.engine().startScope();
    try {
      const feeds = feedsOf(loaded, decode(tf, inputs, payload));
      const warm = performance.now() + warmSeconds * 1000;
      while (performance.now() < warm) await runOnce(loaded, feeds, outputs);
      for (let round = 0; round < repeat; round += 1) {
        last = await runOnce(loaded, feeds, outputs);
        seconds.push(last.seconds);
      }
    } finally {
      tf.engine().endScope();
    }
    const specs = last.values.map(({ spec }) => spec);
    return { outputs: specs, seconds, buffers: last.values.map(({ bytes }) => bytes) };
  },

  // {model} -> {tensors}: how many tensors are left, 0 after the last model.
  async unload({ model: id }) {
    models.get(id).model.dispose();
    models.delete(id);
    return { tensors: tf.memory().numTensors };
  },
};

// A parent that is killed while a model hangs would leave this process behind for ever: the
// main thread would never see the end of stdin.
function endWithParent() {
  const watch = `
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    }, 1000);`;
  new Worker(watch, { eval: true }).unref();
}

async function answer({ header, payload }) {
  const { command, ...fields } = header;
  try {
    const { buffers = [], ...reply } = await COMMANDS[command](fields, payload);
    writeFrame(reply, buffers);
  } catch (error) {
    console.error(error?.stack ?? error);
    writeFrame({ error: String(error?.message ?? error) });
  }
}

// Ctrl-C goes to the whole process group; the parent decides what it means.
process.on('SIGINT', () => {});
endWithParent();
for (let frame = readFrame(); frame !== null; frame = readFrame()) await answer(frame);
process.exit(0);
