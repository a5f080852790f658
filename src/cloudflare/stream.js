// Reading a stream into memory, bounded: one read into one buffer costs a tenth of a loop over the stream's own chunks of 4 KiB.

// The first buffer; each further one has four times its size. Nobody gets memory for declaring a length.
const FIRST = 16 * 1024;
const GROWTH = 4;

// Bytes at the start of each, for what is hashed before a body: an id and a time, mostly.
const ROOM = 512;

// Up to so many bytes a body is cheaper in a buffer of its own.
export const SMALL = FIRST;

// Buffers at rest, for a new one has to be cleared and filled by and by: at most 16 MiB.
const pool = [];
const MOST = 16;
const LARGEST = 1024 * 1024;

// What `read` throws of a stream that goes on after `cap` bytes.
export const LARGE = new RangeError("too large");

// All that `reader` gives, with room before it, if that is at most `cap` bytes; `expected` is what it will give, as far as that is
// known. To be given back by `restore`.
export async function read(reader, cap, expected) {
  const most = Math.min(cap, expected) + 1;
  let buffer = pool.pop() ?? new ArrayBuffer(FIRST);
  for (let length = 0; ; buffer = buffer.transfer(GROWTH * buffer.byteLength)) {
    // One byte more than fits tells the end of the stream from the end of the buffer.
    const wanted = Math.min(buffer.byteLength - ROOM, most) - length;
    const { value } = await reader.readAtLeast(wanted, new Uint8Array(buffer, ROOM + length, wanted));
    buffer = value.buffer;
    length += value.length;
    if (length > cap) throw LARGE;
    if (value.length < wanted) return new Uint8Array(buffer, ROOM, length);
  }
}

export const hasRoom = ({ byteOffset }) => byteOffset === ROOM;

// Some bytes and then those that were read, in their room if they fit.
export function behind(bytes, { buffer, byteOffset, length }) {
  const start = byteOffset - bytes.length;
  const whole = start < 0 ? new Uint8Array(bytes.length + length) : new Uint8Array(buffer, start, bytes.length + length);
  whole.set(bytes);
  if (start < 0) whole.set(new Uint8Array(buffer, byteOffset, length), bytes.length);
  return whole;
}

export function restore({ buffer }) {
  if (pool.length < MOST && buffer.byteLength >= FIRST && buffer.byteLength <= LARGEST) pool.push(buffer);
}
