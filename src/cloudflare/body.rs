//! Reading a stream into memory, bounded. One read into one buffer costs a tenth of a loop over the stream's own
//! chunks of 4 KiB.

use js_sys::{Promise, Reflect, Uint8Array};
use worker::wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    ReadableStream, ReadableStreamByobReader, ReadableStreamGetReaderOptions, ReadableStreamReaderMode,
};

/// First buffer; each further one is as large as all that has arrived. Nobody gets memory for declaring a length.
const FIRST: usize = 16 * 1024;

#[wasm_bindgen]
extern "C" {
    /// A BYOB reader with the method that Workers add to it.
    #[wasm_bindgen(extends = ReadableStreamByobReader)]
    type WorkersReader;

    #[wasm_bindgen(method, catch, js_name = readAtLeast)]
    fn read_at_least(this: &WorkersReader, least: u32, view: &Uint8Array) -> Result<Promise, JsValue>;
}

/// A stream being read. Dropped, it tells the other side to stop.
pub(super) struct Reader(WorkersReader);

/// Why a stream could not be read whole.
pub(super) enum ReadFault {
    TooLarge,
    /// The error of the stream.
    Broken(JsValue),
}

impl Reader {
    pub(super) fn new(stream: ReadableStream) -> Result<Self, JsValue> {
        let options = ReadableStreamGetReaderOptions::new();
        options.set_mode(ReadableStreamReaderMode::Byob);
        Ok(Self(stream.get_reader_with_options(&options).unchecked_into()))
    }

    /// All of the stream, if that is at most `cap` bytes.
    pub(super) async fn read(&mut self, cap: usize) -> Result<Vec<u8>, ReadFault> {
        let mut bytes = Vec::new();
        let mut room = FIRST.min(cap);
        loop {
            // One byte more than fits tells the end of the stream from the end of the buffer.
            let asked = room.saturating_add(1);
            let got = self.read_chunk(asked).await.map_err(ReadFault::Broken)?;
            let length = got.length() as usize;
            if bytes.len().saturating_add(length) > cap {
                return Err(ReadFault::TooLarge);
            }
            append(&mut bytes, &got);
            if length < asked {
                return Ok(bytes);
            }
            room = bytes.len().max(FIRST).min(cap.saturating_sub(bytes.len()));
        }
    }

    /// At most `asked` bytes; fewer only at the end of the stream.
    async fn read_chunk(&self, asked: usize) -> Result<Uint8Array, JsValue> {
        let asked = u32::try_from(asked).unwrap_or(u32::MAX);
        let result = JsFuture::from(self.0.read_at_least(asked, &Uint8Array::new_with_length(asked))?).await?;
        let value = Reflect::get(&result, &"value".into())?;
        Ok(value.dyn_into().unwrap_or_else(|_| Uint8Array::new_with_length(0)))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Its promise is of no interest; nobody waits for a stream that is given up.
        let _ = self.0.cancel();
    }
}

fn append(bytes: &mut Vec<u8>, chunk: &Uint8Array) {
    let start = bytes.len();
    bytes.resize(start.saturating_add(chunk.length() as usize), 0);
    if let Some(room) = bytes.get_mut(start..) {
        chunk.copy_to(room);
    }
}
