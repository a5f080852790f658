//! The stores as an operator needs them: many operations at once, and what did not answer is told.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;

use super::Api;
use crate::config::Known;
use crate::host::{Host, StoreFault};
use crate::ledger::{Answer, Call};

/// How many are under way at once: Workers open no more connections than six.
const AT_ONCE: usize = 6;

/// One operation of a store.
pub(crate) enum Operation {
    /// Asks an object of the ledger.
    Ask(String, String),
    /// Reads two switches by their keys.
    ReadSwitches(String, String),
    /// Writes a switch, or removes it.
    WriteSwitch(String, Option<String>),
    /// Looks for the keys of records that begin so.
    FindRecords(String),
    ReadRecord(String),
    /// Writes a record for so many seconds.
    WriteRecord(String, String, u32),
    RemoveRecord(String),
}

/// What came of it: the texts that were asked for.
pub(crate) type Told = Result<Vec<Option<String>>, StoreFault>;

type Pending<'f> = Pin<Box<dyn Future<Output = Told> + 'f>>;

/// What the API asks of the host, whichever that is.
pub(crate) trait Stores {
    fn now(&self) -> u64;
    fn log(&self, line: &str);
    fn perform<'f>(&'f self, operation: &'f Operation) -> Pending<'f>;
}

/// A host, as [`Stores`].
pub(crate) struct Of<'h, H>(pub(crate) &'h H);

impl<H: Host> Stores for Of<'_, H> {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn log(&self, line: &str) {
        self.0.log(line);
    }

    fn perform<'f>(&'f self, operation: &'f Operation) -> Pending<'f> {
        Box::pin(async move {
            let nothing = match operation {
                Operation::Ask(object, call) => return Ok(vec![Some(self.0.ask(object, call).await?)]),
                Operation::ReadSwitches(first, second) => {
                    return Ok(self.0.read_switches([first, second]).await?.into());
                }
                Operation::FindRecords(prefix) => {
                    return Ok(self.0.find_records(prefix).await?.into_iter().map(Some).collect());
                }
                Operation::ReadRecord(key) => return Ok(vec![self.0.read_record(key).await?]),
                Operation::WriteSwitch(key, value) => self.0.write_switch(key, value.as_deref()).await,
                Operation::WriteRecord(key, value, ttl) => self.0.write_record(key, value, *ttl).await,
                Operation::RemoveRecord(key) => self.0.remove_record(key).await,
            };
            nothing.map(|()| Vec::new())
        })
    }
}

impl Api<'_> {
    /// Performs all operations, a few of them at a time. Returns what came of them, in their order.
    pub(super) async fn perform(&self, operations: &[Operation]) -> Vec<Told> {
        let mut told = Vec::new();
        for part in operations.chunks(AT_ONCE) {
            let mut running: Vec<(Pending<'_>, Option<Told>)> = Vec::new();
            for operation in part {
                running.push((self.stores.perform(operation), None));
            }
            poll_fn(|context| {
                let mut pending = false;
                for (future, output) in &mut running {
                    if output.is_none() {
                        match future.as_mut().poll(context) {
                            Poll::Ready(ready) => *output = Some(ready),
                            Poll::Pending => pending = true,
                        }
                    }
                }
                if pending { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            told.extend(running.into_iter().filter_map(|(_, output)| output));
        }
        told
    }
}

/// The operations that read switches by their keys: see [`read`].
pub(super) fn reading(keys: &[String]) -> Vec<Operation> {
    let pairs = keys.chunks(2).filter_map(|pair| pair.first().zip(pair.last()));
    pairs.map(|(first, second)| Operation::ReadSwitches(first.clone(), second.clone())).collect()
}

/// What came of reading the switch at this place among the keys.
pub(super) fn read(told: &[Told], place: usize) -> Result<Option<&str>, StoreFault> {
    match told.get(place / 2) {
        Some(Ok(texts)) => Ok(texts.get(place % 2).and_then(Option::as_deref)),
        _ => Err(StoreFault),
    }
}

/// Adds one call for every object of a hook.
pub(super) fn ask_each(operations: &mut Vec<Operation>, known: &Known<'_>, call: Call<'_>) {
    let call = call.to_text();
    for object in known.objects() {
        operations.push(Operation::Ask(object, call.clone()));
    }
}

/// What the ledger answered, if it did.
pub(super) fn answer(told: Option<&Told>) -> Option<Answer> {
    let texts = told?.as_ref().ok()?;
    Answer::told(texts.first()?.as_deref()?).ok()
}

/// Of all objects of the ledger that were asked, how many there are, and which did not say that they did it.
pub(super) fn silent<'o>(operations: &'o [Operation], told: &[Told]) -> (usize, Vec<&'o str>) {
    let (mut all, mut silent) = (0_usize, Vec::new());
    for (operation, told) in operations.iter().zip(told) {
        if let Operation::Ask(object, _) = operation {
            all = all.saturating_add(1);
            if answer(Some(told)) != Some(Answer::Done) {
                silent.push(object.as_str());
            }
        }
    }
    (all, silent)
}
