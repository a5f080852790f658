//! The key `origin` of a hook: where its deliveries go.

use crate::config::{Context, DEFAULT_SITE};
use crate::origin::{Connector, Origin};
use crate::table::Table;

/// Reads `origin`. `None` after a mistake.
pub(super) fn read(table: &mut Table<'_>, context: &Context<'_>) -> Option<Origin> {
    let name = table.parsed_or("origin", DEFAULT_SITE, "a name", |name| Some(name.to_owned()))?;
    let site = context.site(table, "origin", &name)?;
    let Some(signer) = site.signer() else {
        if context.enabled {
            let remedy = site.remedy("npx wrangler secret put ORIGIN_SECRET", "a `secret`");
            table.mistake("origin", format!("the connector takes only what is signed with a secret: {remedy}"));
        }
        return None;
    };
    Some(Origin::Connector(Connector::new(site, signer.clone())))
}
