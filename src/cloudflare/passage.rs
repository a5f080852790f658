//! What `passage.js` does for one request, or one alarm.

use core::pin::Pin;
use core::task::{Context, Poll};

use js_sys::JsString;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// One request, or one alarm, on its way through the gate.
    #[derive(Clone)]
    pub(crate) type Passage;

    #[wasm_bindgen(method, getter)]
    pub(super) fn env(this: &Passage) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn header(this: &Passage, name: &JsString) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn either(this: &Passage, one: &JsString, other: &JsString) -> Option<String>;

    // Each begins an operation and returns its number. Limits are in milliseconds.
    #[wasm_bindgen(method, js_name = readBody)]
    pub(super) fn read_body(this: &Passage, cap: usize, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = readRecord)]
    pub(super) fn read_record(this: &Passage, key: &str, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = writeRecord)]
    pub(super) fn write_record(this: &Passage, key: &str, value: &str, ttl: u32, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = removeRecord)]
    pub(super) fn remove_record(this: &Passage, key: &str, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = findRecords)]
    pub(super) fn find_records(this: &Passage, prefix: &str, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = readSwitches)]
    pub(super) fn read_switches(this: &Passage, one: &str, other: &str, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = writeSwitch)]
    pub(super) fn write_switch(this: &Passage, key: &str, value: Option<&str>, limit: u32) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn ask(this: &Passage, object: &str, call: &str, limit: u32) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn send(this: &Passage, message: &str, limit: u32) -> u32;
    #[wasm_bindgen(method, js_name = importKey)]
    pub(super) fn import_key(this: &Passage, algorithm: &str, key: &[u8]) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn verify(this: &Passage, algorithm: &str, key: &JsValue, signature: &[u8], message: &[u8]) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn sign(this: &Passage, key: &JsValue, message: &[u8], body: Option<u32>) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn digest(this: &Passage, message: &[u8], body: Option<u32>) -> u32;

    // What an operation has come to.
    #[wasm_bindgen(method)]
    fn state(this: &Passage, operation: u32) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn count(this: &Passage, operation: u32) -> u32;
    #[wasm_bindgen(method)]
    pub(super) fn text(this: &Passage, operation: u32, index: u32) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn key(this: &Passage, operation: u32) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn status(this: &Passage, operation: u32) -> u16;
    #[wasm_bindgen(method)]
    pub(super) fn kept(this: &Passage, operation: u32) -> usize;
    #[wasm_bindgen(method)]
    pub(super) fn bytes(this: &Passage, operation: u32) -> Vec<u8>;

    // What all of it comes to.
    #[wasm_bindgen(method)]
    pub(super) fn reply(this: &Passage, status: u16, message: &str, reference: Option<&str>);
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Passage, next: f64);
}

/// An operation under way: ready when its task is resumed after its end.
pub(super) struct Operation<'p> {
    passage: &'p Passage,
    number: u32,
}

/// How an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Failed,
    Late,
    TooLarge,
}

impl Passage {
    pub(super) fn ended(&self, number: u32) -> Operation<'_> {
        Operation { passage: self, number }
    }
}

impl Future for Operation<'_> {
    /// Its number.
    type Output = Result<u32, Fault>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.passage.state(self.number) {
            0 => Poll::Pending,
            1 => Poll::Ready(Ok(self.number)),
            3 => Poll::Ready(Err(Fault::Late)),
            4 => Poll::Ready(Err(Fault::TooLarge)),
            _ => Poll::Ready(Err(Fault::Failed)),
        }
    }
}
