// Runs TensorFlow.js models for the Python process that started it.
//
//   node worker.mjs INSTALLATION
//
// One request frame on stdin is answered by one frame on stdout; the end of stdin ends the
// worker. frames.mjs describes the frames, COMMANDS the requests. Everything that
// TensorFlow.js prints goes to stderr.

import { Console } from 'node:console';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { readFrame, writeFrame } from './frames.mjs';
import { loadLayersModel } from './layers_model.mjs';
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
// Only for layers models: it is the largest of the packages.
const layers = () => require('@tensorflow/tfjs-layers');

wasm.setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep);

const BACKENDS = { cpu: cpu.MathBackendCPU, wasm: wasm.BackendWasm };
// TensorFlow.js answers these categories of ops with promises, which execute() refuses.
const ASYNCHRONOUS = new Set(['control', 'dynamic', 'hash_table']);

const models = new Map();
const taught = new Set();
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

async function loadGraphModel(entry) {
  const model = await converter.loadGraphModel(modelFiles(tf, entry));
  const { nodes } = model.executor.graph;
  const categories = new Set(Object.values(nodes).map(({ category }) => category));
  return {
    model,
    nodes,
    weights: Object.values(model.weights).flat(),
    asynchronous:
      model.initializer != null || [...categories].some((each) => ASYNCHRONOUS.has(each)),
    custom: categories.has('custom'),
  };
}

// The optimiser may have dropped an input that no output depends on.
function feedsOf({ nodes }, tensors) {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => name.split(':')[0] in nodes),
  );
}

// The outputs, and the time from tensors that are in place to outputs that are read.
async function runOnce(loaded, feeds, outputs) {
  const { model } = loaded;
  tf.engine().startScope();
  try {
    const start = performance.now();
    let result;
    if (!loaded.asynchronous) {
      try {
        result = model.execute(feeds, outputs);
      } catch (error) {
        // Only a custom op can tell no earlier that it answers with a promise.
        if (!loaded.custom || !/returned a promise/.test(error?.message)) throw error;
        loaded.asynchronous = true;
      }
    }
    if (loaded.asynchronous) result = await model.executeAsync(feeds, outputs);
    const values = await Promise.all([result].flat().map(encode));
    return { values, seconds: (performance.now() - start) / 1000 };
  } finally {
    tf.engine().endScope();
  }
}

const COMMANDS = {
  // {module} -> {}: lets a module of the user's register ops and layers, once. It is called with
  // tfjs-core, tfjs-converter and tfjs-layers, because its own imports would bring other copies.
  async teach({ module }) {
    if (taught.has(module)) return {};
    const { default: register } = await import(pathToFileURL(module));
    if (typeof register !== 'function') throw new Error('It has no function as its default export');
    await register(tf, converter, layers());
    taught.add(module);
    return {};
  },

  // {path, backend, format} -> {model, seconds}; `path` is that of model.json, `format` the
  // target that it was made for.
  async load({ path: entry, backend, format }) {
    await select(backend);
    const start = performance.now();
    let loaded = { weights: [] };
    tf.engine().startScope();
    try {
      loaded = format === 'tfjs-layers'
        ? await loadLayersModel(tf, layers(), entry)
        : await loadGraphModel(entry);
    } finally {
      tf.engine().endScope(loaded.weights);
    }
    const seconds = (performance.now() - start) / 1000;
    modelCount += 1;
    models.set(modelCount, { ...loaded, backend });
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
