//! The stores as an operator needs them: many at once, and what did not answer is told.

use core::future::poll_fn;
use core::task::Poll;

use super::Api;
use crate::host::{Host, StoreFault};
use crate::ledger::Answer;

/// How many are asked at once: Workers open no more connections than six.
const AT_ONCE: usize = 6;

impl<H: Host> Api<'_, H> {
    /// Asks an object of the ledger; `None` if it does not answer.
    pub(super) async fn ask(&self, object: &str, call: &str) -> Option<Answer> {
        let told = self.host.ask(object, call).await.ok()?;
        Answer::told(&told).ok()
    }

    /// Asks many, each its own.
    pub(super) async fn ask_all(&self, calls: &[(String, String)]) -> Vec<Option<Answer>> {
        each(calls.iter().map(|(object, call)| self.ask(object, call))).await
    }

    /// Reads switches by their keys.
    pub(super) async fn read_switches(&self, keys: &[String]) -> Vec<Result<Option<String>, StoreFault>> {
        let read = |pair: &[String]| {
            let first = pair.first().cloned().unwrap_or_default();
            let second = pair.get(1).unwrap_or(&first).clone();
            async move { self.host.read_switches([&first, &second]).await }
        };
        let pairs = each(keys.chunks(2).map(read)).await;
        let texts = pairs.into_iter().flat_map(|pair| match pair {
            Ok(texts) => texts.map(Ok),
            Err(fault) => [Err(fault), Err(fault)],
        });
        texts.take(keys.len()).collect()
    }
}

/// The results of all futures, in their order, a few of them at a time.
pub(super) async fn each<F: Future>(mut futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut outputs = Vec::new();
    loop {
        let mut running: Vec<_> = futures.by_ref().take(AT_ONCE).map(|future| (Box::pin(future), None)).collect();
        if running.is_empty() {
            return outputs;
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
        outputs.extend(running.into_iter().filter_map(|(_, output)| output));
    }
}
