//! What a preset whose sender presents a JWT leaves open.

use super::description::{read_tolerance, read_url};
use crate::scheme::jwt::{Description, Life};
use crate::scheme::template::Template;
use crate::table::Table;

/// The hook's own tolerance, and its URL where that is signed. `None` after a mistake.
pub(crate) fn adjust<'v>(table: &mut Table<'v>, preset: &Description) -> Option<(Life, &'v str)> {
    let mut life = preset.life;
    if let Life::Since { tolerance } | Life::Until { tolerance } = &mut life {
        *tolerance = read_tolerance(table, *tolerance)?;
    }
    let covered = Template::new(if preset.url_hash.is_some() { "{url}" } else { "" })?;
    Some((life, read_url(table, &covered)?))
}
