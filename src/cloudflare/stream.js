// Reading a stream into memory, bounded: one read into one buffer costs a tenth of a loop over the stream's own chunks of 4 KiB.

// The first buffer; each further one has four times its size. Nobody gets memory for declaring a length.
const FIRST = 16 * 1024;
const GROWTH = 4;

// Up to so many bytes a body is cheaper in a buffer of its own.
export const SMALL = FIRST;

// Buffers at rest, for a new one has to be cleared and filled by and by: at most 16 MiB.
const pool = [];
const MOST = 16;
const LARGEST = 1024 * 1024;

// What `read` throws of a stream that goes on after `cap` bytes.
export const LARGE = new RangeError("too large");

// All that `reader` gives, if that is at most `cap` bytes; `expected` is what it will give, as far as that is known. To be given
// back by `restore`.
export async function read(reader, cap, expected) {
  const most = Math.min(cap, expected) + 1;
  let buffer = pool.pop() ?? new ArrayBuffer(FIRST);
  for (let length = 0; ; buffer = buffer.transfer(GROWTH * buffer.byteLength)) {
    // One byte more than fits tells the end of the stream from the end of the buffer.
    const room = Math.min(buffer.byteLength, most) - length;
    const { value } = await reader.readAtLeast(room, new Uint8Array(buffer, length, room));
    buffer = value.buffer;
    length += value.length;
    if (length > cap) throw LARGE;
    if (value.length < room) return new Uint8Array(buffer, 0, length);
  }
}

export function restore({ buffer }) {
  if (pool.length < MOST && buffer.byteLength >= FIRST && buffer.byteLength <= LARGEST) pool.push(buffer);
}
