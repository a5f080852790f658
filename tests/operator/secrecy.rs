//! No secret is in any output, whatever is wrong with the files.

use std::ffi::OsString;

use hookgate::operator::{Surroundings, run};
use proptest::prelude::*;

use crate::bench::{Bench, CANARY, GOOD, SECRETS};

/// What `check` prints of two files, for people and for machines.
fn printed(bench: &Bench) -> String {
    let mut text = Vec::new();
    for format in ["--strict", "--json"] {
        let mut errors = Vec::new();
        let arguments = ["hookgate", "check", format, "--config"].map(OsString::from);
        let status = run(
            arguments.into_iter().chain([bench.path("wrangler.toml").into_os_string()]),
            &mut Surroundings {
                input: &mut &b""[..],
                output: &mut text,
                errors: &mut errors,
                interactive: false,
                coloured: false,
                today: 20_779,
            },
        );
        assert!(status <= 1, "{}", String::from_utf8_lossy(&errors));
    }
    String::from_utf8(text).unwrap()
}

/// Where an operator might paste a secret: what is there, and what comes there.
const PASTED: &[(&str, &str)] = &[
    ("[\"PAY_SECRET\"]", "[\"CANARY\"]"),
    ("[\"PAY_SECRET\"]", "[\"PAY_SECRET\", \"CANARY\"]"),
    ("[\"PAY_SECRET\"]", "\"CANARY\""),
    ("[\"PAY_SECRET\"]", "[{ name = \"CANARY\", not_after = \"2027-01-31\" }]"),
    ("secrets = [\"PAY_SECRET\"]", "secret = \"CANARY\""),
    ("secrets = [\"PAY_SECRET\"]", "pasword = \"CANARY\""),
    ("header = \"X-Sign\"", "header = \"X-Sign: CANARY\""),
    ("auth = [", "auth = \"CANARY\" #"),
    ("\"2027-01-31\"", "\"2027-01-31CANARY\""),
    ("\"BLOG_SECRET\"", "\"CANARY\""),
    ("\"BLOG_PASSWORD\"", "\"CANARY\""),
    ("ORIGIN = \"https://", "ORIGIN = \"https://user:CANARY@"),
    ("[vars]", "[vars]\nPAY_SECRET = \"CANARY\""),
    ("[vars]", "[vars]\nTOKENS = { a = [\"CANARY\"] }"),
    ("[vars]", "[vars]\nPAY_SECRET = CANARY"),
    ("[\"PAY_SECRET\"]", "[\n  CANARY,\n]"),
    ("[\"PAY_SECRET\"]", "[\n  [CANARY]\n]"),
    ("[\"PAY_SECRET\"]", "[\n  \"CANARY=\n]"),
    ("[\"PAY_SECRET\"]", "[\"\"\"\nCANARY\"\"\"]"),
];

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for (old, new) in PASTED {
        assert!(GOOD.contains(old), "{old}");
        let text = printed(&Bench::new(&GOOD.replacen(old, &new.replace("CANARY", CANARY), 1), SECRETS));
        assert!(text.starts_with("error["), "{new}: {text}");
        assert!(!text.contains(CANARY), "{new}: {text}");
    }
    let number = printed(&Bench::new(&GOOD.replacen("[\"PAY_SECRET\"]", "[987654321987654321]", 1), SECRETS));
    assert!(!number.contains("987654321"), "{number}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_the_files_makes_it_fail_or_tell(
        pasted in 0..PASTED.len(),
        cuts in proptest::collection::vec((0_usize..4_000, 0_usize..12, "[\\[\\]{}\"'=#,\n a]{0,3}"), 0..4),
        spoils_secrets: bool,
    ) {
        let (old, new) = PASTED[pasted];
        let mut config = GOOD.replacen(old, &new.replace("CANARY", CANARY), 1);
        let mut secrets = SECRETS.to_owned();
        let spoilt = if spoils_secrets { &mut secrets } else { &mut config };
        for (at, length, inserted) in &cuts {
            let canary = spoilt.find(CANARY).map_or(0..0, |start| start..start + CANARY.len());
            let start = at % spoilt.len();
            let end = (start + length).min(spoilt.len());
            // The canary itself stays whole, so that it can be looked for.
            if end <= canary.start || start >= canary.end {
                spoilt.replace_range(start..end, inserted);
            }
        }
        let text = printed(&Bench::new(&config, &secrets));
        prop_assert!(!text.contains(CANARY), "{}\n{}", config, text);
    }
}
