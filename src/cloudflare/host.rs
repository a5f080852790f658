//! Clock, KV, origin and log.

use core::time::Duration;

use futures_util::future::{Either, select};
use js_sys::{Array, Map, Object, Promise, Reflect};
use worker::wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, WorkerGlobalScope, console};
use worker::{Delay, Env};

use super::body::{ReadFault, Reader};
use super::crypto;
use crate::hook::LONGEST_TIMEOUT;
use crate::host::{HmacKey, Host, OriginAnswer, OriginFault, PublicKey, StoreFault};
use crate::origin::OriginRequest;

/// How long KV may take over a read or a write.
const STORE_LIMIT: Duration = Duration::from_millis(1_500);

// Workers grant 30 s after the sender has hung up: a read, a claim, the longest forward and its end fit.
const _: () = assert!(LONGEST_TIMEOUT * 1_000 + 3 * STORE_LIMIT.as_millis() as u64 <= 29_500);

#[wasm_bindgen]
extern "C" {
    /// A KV namespace.
    type Kv;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Kv, key: &str) -> Result<Promise, JsValue>;

    /// All keys in one operation; the result is a `Map`.
    #[wasm_bindgen(method, catch, js_name = get)]
    fn get_all(this: &Kv, keys: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &Kv, key: &str, value: &str, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &Kv, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &Kv, options: &Object) -> Result<Promise, JsValue>;

    /// `LEDGER`: a namespace of Durable Objects.
    type Objects;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Objects, name: &str) -> Result<LedgerObject, JsValue>;

    /// An object of the ledger, here or elsewhere.
    pub(crate) type LedgerObject;

    /// The answer, or a promise of it.
    #[wasm_bindgen(method, catch)]
    fn ask(this: &LedgerObject, call: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// The platform, for one request or one alarm.
pub(super) struct Edge<'e> {
    env: &'e Env,
    /// The object of the ledger that is awake, if one is: what it asks is its own.
    own: Option<LedgerObject>,
}

impl<'e> Edge<'e> {
    pub(super) fn new(env: &'e Env, own: Option<LedgerObject>) -> Self {
        Self { env, own }
    }

    fn kv(&self, binding: &str) -> Result<Kv, StoreFault> {
        self.binding(binding).map(JsCast::unchecked_into)
    }

    fn binding(&self, name: &str) -> Result<JsValue, StoreFault> {
        Reflect::get(self.env, &name.into()).ok().filter(JsValue::is_object).ok_or(StoreFault)
    }
}

impl Host for Edge<'_> {
    fn now(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970 fit")]
        let now = js_sys::Date::now() as u64;
        now
    }

    async fn read_record(&self, key: &str) -> Result<Option<String>, StoreFault> {
        text(&settled(self.kv("REPLAY")?.get(key)).await?)
    }

    async fn write_record(&self, key: &str, value: &str, ttl: u32) -> Result<(), StoreFault> {
        let options = Object::new();
        Reflect::set(&options, &"expirationTtl".into(), &ttl.into()).map_err(|_| StoreFault)?;
        settled(self.kv("REPLAY")?.put(key, value, &options)).await.map(drop)
    }

    async fn remove_record(&self, key: &str) -> Result<(), StoreFault> {
        settled(self.kv("REPLAY")?.delete(key)).await.map(drop)
    }

    async fn find_records(&self, prefix: &str) -> Result<Vec<String>, StoreFault> {
        let options = Object::new();
        Reflect::set(&options, &"prefix".into(), &prefix.into()).map_err(|_| StoreFault)?;
        Reflect::set(&options, &"limit".into(), &2.into()).map_err(|_| StoreFault)?;
        let found = settled(self.kv("REPLAY")?.list(&options)).await?;
        let keys: Array = member(&found, "keys")?.dyn_into().map_err(|_| StoreFault)?;
        keys.iter().map(|key| member(&key, "name")?.as_string().ok_or(StoreFault)).collect()
    }

    async fn read_switches(&self, keys: [&str; 2]) -> Result<[Option<String>; 2], StoreFault> {
        let values = settled(self.kv("SWITCHES")?.get_all(&Array::of2(&keys[0].into(), &keys[1].into()))).await?;
        let values: Map = values.dyn_into().map_err(|_| StoreFault)?;
        let [first, second] = keys.map(|key| text(&values.get(&key.into())));
        Ok([first?, second?])
    }

    async fn write_switch(&self, key: &str, value: Option<&str>) -> Result<(), StoreFault> {
        let kv = self.kv("SWITCHES")?;
        let operation = match value {
            Some(value) => kv.put(key, value, &Object::new()),
            None => kv.delete(key),
        };
        settled(operation).await.map(drop)
    }

    async fn ask(&self, object: &str, call: &str) -> Result<String, StoreFault> {
        let answer = match &self.own {
            Some(own) => own.ask(call),
            None => {
                let objects: Objects = self.binding("LEDGER")?.unchecked_into();
                objects.get_by_name(object).and_then(|object| object.ask(call))
            }
        };
        settled(answer.map(|answer| Promise::resolve(&answer))).await?.as_string().ok_or(StoreFault)
    }

    fn token(&self) -> String {
        random_uuid()
    }

    async fn send(&self, request: &OriginRequest) -> Result<OriginAnswer, OriginFault> {
        exchange(request).await.map_err(|error| {
            let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
            if name.as_deref() == Some("TimeoutError") { OriginFault::Timeout } else { OriginFault::Broken }
        })
    }

    async fn verify(&self, key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool {
        crypto::verify(key, signature, message).await.unwrap_or(false)
    }

    async fn hash(&self, key: Option<&HmacKey>, message: &[u8]) -> Option<Vec<u8>> {
        crypto::hash(key, message).await.ok()
    }

    fn log(&self, line: &str) {
        console::log_1(&line.into());
    }
}

/// The result of `future`, or `None` after `limit`.
pub(super) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    match select(core::pin::pin!(future), Delay::from(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// A value of KV: a text, or `null` where there is none. Anything else is no answer.
fn text(value: &JsValue) -> Result<Option<String>, StoreFault> {
    if value.is_null() { Ok(None) } else { value.as_string().map(Some).ok_or(StoreFault) }
}

fn member(object: &JsValue, name: &str) -> Result<JsValue, StoreFault> {
    Reflect::get(object, &name.into()).map_err(|_| StoreFault)
}

async fn settled(operation: Result<Promise, JsValue>) -> Result<JsValue, StoreFault> {
    let promise = operation.map_err(|_| StoreFault)?;
    within(STORE_LIMIT, JsFuture::from(promise)).await.and_then(Result::ok).ok_or(StoreFault)
}

async fn exchange(request: &OriginRequest) -> Result<OriginAnswer, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&request.body().into());
    init.set_redirect(RequestRedirect::Manual);
    // The only time limit that also covers a body which stops half-way.
    let limit = u32::try_from(request.timeout().as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(limit)));
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response: Response = JsFuture::from(global.fetch_with_str_and_init(request.url(), &init)).await?.dyn_into()?;
    let [content_type, retry_after] = ["content-type", "retry-after"].map(|name| response.headers().get(name));
    let body = match response.body() {
        Some(stream) => answer_body(Reader::new(stream)?).await?,
        None => Vec::new(),
    };
    Ok(OriginAnswer { status: response.status(), content_type: content_type?, retry_after: retry_after?, body })
}

/// Of an answer larger than the cap only the status counts: none that the gate looks into is so large.
async fn answer_body(mut reader: Reader) -> Result<Vec<u8>, JsValue> {
    match reader.read(OriginRequest::ANSWER_CAP).await {
        Ok(bytes) => Ok(bytes),
        Err(ReadFault::TooLarge) => Ok(Vec::new()),
        Err(ReadFault::Broken(error)) => Err(error),
    }
}
