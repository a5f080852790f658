//! A thin payload as the ledger keeps it: `{"objects":{"order":"1042"},"fields":{…}}`.

use super::{ThinPayload, pick};
use crate::hook::Hook;
use crate::json::{append, quoted, separate};
use crate::key::IdempotencyKey;

impl<'g> ThinPayload<'g> {
    /// The text to keep. Whose it is, the object of the ledger and the key say.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::from("{\"objects\":{");
        for object in &self.objects {
            separate(&mut text);
            append(&mut text, &["\"", object.kind().name(), "\":", &quoted(object.identifier())]);
        }
        append(&mut text, &["},\"fields\":", &self.fields, "}"]);
        text
    }

    /// What [`Self::to_text`] was made of. `None` if the hook does not know its objects any more.
    pub(crate) fn of_text(hook: &'g Hook, key: IdempotencyKey, text: &str) -> Option<Self> {
        let mut objects = Vec::new();
        for rule in &hook.objects {
            let place = format!("/objects/{}", rule.kind.name());
            match pick(text.as_bytes(), [place.as_str()]).ok()? {
                [Some(identifier)] => objects.push(rule.named(&identifier)?),
                [None] if rule.required => return None,
                [None] => {}
            }
        }
        // No identifier has a quotation mark that is not escaped.
        let (_, fields) = text.strip_suffix('}')?.split_once("},\"fields\":")?;
        Some(Self { hook, key, objects, fields: fields.into() })
    }
}
