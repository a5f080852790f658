//! Where a target begins: inputs made of the recorded deliveries, and words worth putting into one.

use std::fs;
use std::path::Path;

/// With `HOOKGATE_SEEDS` naming a folder, writes the seeds into `seeds/` and the words into `words.dict` below it, and
/// ends the process: a target is compiled for libFuzzer alone, and has no other way to be asked.
pub fn write_if_asked(seeds: fn() -> Vec<Vec<u8>>, words: &[&str]) {
    let Some(folder) = std::env::var_os("HOOKGATE_SEEDS") else { return };
    let folder = Path::new(&folder);
    let seeds = seeds();
    assert!(seeds.len() >= 5, "{} seeds", seeds.len());
    fs::create_dir_all(folder.join("seeds")).unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join("seeds").join(format!("{number:04}")), seed).unwrap();
    }
    let word = |word: &&str| format!("\"{}\"\n", word.bytes().map(escaped).collect::<String>());
    fs::write(folder.join("words.dict"), words.iter().map(word).collect::<String>()).unwrap();
    std::process::exit(0);
}

/// As libFuzzer's dictionaries spell a byte.
fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", byte as char),
        b' '..=b'~' => (byte as char).into(),
        _ => format!("\\x{byte:02X}"),
    }
}
