// A layers model, with the part of a graph model's interface that the worker uses.

import { modelFiles } from './model_files.mjs';

// {model, weights, nodes}: inputs are fed by the names of their layers, outputs come in the
// model's order, which is the order of the names that they are asked for by.
export async function loadLayersModel(tf, layers, entry) {
  const loaded = await layers.loadLayersModel(modelFiles(tf, entry));
  // A Sequential model has no inputNames.
  const inputNames = loaded.inputs.map(({ sourceLayer }) => sourceLayer.name);
  const model = {
    execute(feeds, outputs) {
      if (outputs.length !== loaded.outputs.length) {
        throw new Error(`The model has ${loaded.outputs.length} outputs, not ${outputs.length}`);
      }
      const inputs = inputNames.map((name) => feeds[name]);
      return loaded.predictOnBatch(inputs.length === 1 ? inputs[0] : inputs);
    },
    dispose: () => loaded.dispose(),
  };
  const nodes = Object.fromEntries(inputNames.map((name) => [name, {}]));
  return { model, weights: loaded.weights.map((weight) => weight.read()), nodes };
}
