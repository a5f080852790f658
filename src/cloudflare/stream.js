// Reading a stream into memory, bounded: one read into one buffer costs a tenth of a loop over the stream's own chunks of 4 KiB.

// The first buffer; each further one is twice as large as what has arrived. Nobody gets memory for declaring a length.
const FIRST = 16 * 1024;

// Up to so many bytes a body is cheaper in a buffer of its own.
export const SMALL = FIRST;

// Buffers at rest, for a new one of this size would have to be cleared. At most so many, and none larger than this.
const pool = [];
const MOST = 4;
const LARGEST = 2 * 1024 * 1024;

// What `read` throws of a stream that goes on after `cap` bytes.
export const LARGE = new RangeError("too large");

// All that `reader` gives, if that is at most `cap` bytes; to be given back by `restore`.
export async function read(reader, cap) {
  let buffer = pool.pop() ?? new ArrayBuffer(FIRST);
  for (let length = 0; ; buffer = buffer.transfer(2 * buffer.byteLength)) {
    // One byte more than fits tells the end of the stream from the end of the buffer.
    const room = Math.min(buffer.byteLength, cap + 1) - length;
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
