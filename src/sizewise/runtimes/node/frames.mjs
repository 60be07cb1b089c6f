// Frames on stdin and stdout: a 12-byte prefix (length of the header, u32; length of the
// payload, u64; little-endian), a JSON header, then raw bytes. frames.py is the other end.
//
// Reading and writing block: a worker has nothing else to do while it waits.

import fs from 'node:fs';

const PREFIX_BYTES = 12;
const STDIN = 0;
const STDOUT = 1;

function readInto(buffer) {
  let offset = 0;
  while (offset < buffer.length) {
    const count = fs.readSync(STDIN, buffer, offset, buffer.length - offset, null);
    if (count === 0) return false;
    offset += count;
  }
  return true;
}

// The next {header, payload}, or null at the end of stdin.
export function readFrame() {
  const prefix = Buffer.allocUnsafeSlow(PREFIX_BYTES);
  if (!readInto(prefix)) return null;
  const header = Buffer.allocUnsafeSlow(prefix.readUInt32LE(0));
  const payload = Buffer.allocUnsafeSlow(Number(prefix.readBigUInt64LE(4)));
  if (!readInto(header) || !readInto(payload)) return null;
  return { header: JSON.parse(header.toString('utf8')), payload };
}

function writeAll(buffer) {
  for (let offset = 0; offset < buffer.length; ) {
    offset += fs.writeSync(STDOUT, buffer, offset, buffer.length - offset);
  }
}

// Writes `header` and the bytes of `buffers`, one after the other, as one frame.
export function writeFrame(header, buffers = []) {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeBigUInt64LE(BigInt(buffers.reduce((sum, { length }) => sum + length, 0)), 4);
  writeAll(Buffer.concat([prefix, json]));
  buffers.forEach(writeAll);
}
