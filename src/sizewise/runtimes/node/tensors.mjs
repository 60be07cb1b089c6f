// Tensors as raw bytes, described by specs {name, dtype, shape, bytes}. A string is its length
// (u32, little-endian) and its UTF-8 bytes. tensors.py is the other end.

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  complex64: Float32Array,
};
const LENGTH_BYTES = 4;

function decodeStrings(bytes) {
  const strings = [];
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset + LENGTH_BYTES;
    offset = start + bytes.readUInt32LE(offset);
    strings.push(new Uint8Array(bytes.subarray(start, offset)));
  }
  return strings;
}

function encodeStrings(strings) {
  return Buffer.concat(
    strings.flatMap((string) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(string.length);
      return [length, string];
    }),
  );
}

function valuesOf(bytes, dtype) {
  if (dtype === 'string') return decodeStrings(bytes);
  const Values = ARRAYS[dtype];
  const aligned = bytes.byteOffset % Values.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new Values(aligned.buffer, aligned.byteOffset, bytes.length / Values.BYTES_PER_ELEMENT);
}

// Tensors by name, from specs and the payload that holds their bytes one after the other.
export function decode(tf, specs, payload) {
  const tensors = {};
  let offset = 0;
  for (const { name, dtype, shape, bytes } of specs) {
    const values = valuesOf(payload.subarray(offset, offset + bytes), dtype);
    tensors[name] = tf.tensor(values, shape, dtype);
    offset += bytes;
  }
  return tensors;
}

// The spec and the bytes of a tensor. Reading it waits until it is computed.
export async function encode(tensor) {
  const { dtype, shape } = tensor;
  const bytes = dtype === 'string' ? encodeStrings(await tensor.bytes()) : await numbersOf(tensor);
  return { spec: { dtype, shape, bytes: bytes.length }, bytes };
}

async function numbersOf(tensor) {
  const values = await tensor.data();
  const Values = ARRAYS[tensor.dtype];
  // Kernels of the CPU backend may keep their results in arrays of another type.
  const typed = values instanceof Values ? values : Values.from(values);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
