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
                now: 20_779 * 86_400_000,
                variable: &|_| None,
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

/// What a command prints of the files of a bench.
fn said(bench: &Bench, arguments: &[&str]) -> (u8, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let files = [bench.path("wrangler.toml"), bench.path(".dev.vars")].map(std::path::PathBuf::into_os_string);
    let [config, dev_vars] = files;
    let files = ["--config".into(), config, "--dev-vars".into(), dev_vars];
    let status = run(
        ["hookgate"].iter().chain(arguments).map(OsString::from).chain(files),
        &mut Surroundings {
            input: &mut &b""[..],
            output: &mut output,
            errors: &mut errors,
            interactive: false,
            coloured: false,
            now: 20_779 * 86_400_000,
            variable: &|_| None,
        },
    );
    (status, String::from_utf8([output, errors].concat()).unwrap())
}

#[test]
fn signing_and_sending_tell_no_secret_that_is_not_asked_for() {
    let key = GOOD
        .replace("hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\"", "header = \"X-Sign\"")
        .replace("\"hmac\"", "\"api-key\"");
    let basic = key.replace("header = \"X-Sign\"", "user = \"shop\"").replace("\"api-key\"", "\"basic\"");
    // shop:canary-hunter2-0f9e8d7c6b5a
    let encoded = "c2hvcDpjYW5hcnktaHVudGVyMi0wZjllOGQ3YzZiNWE=";
    for config in [GOOD, &key, &basic] {
        let bench = Bench::new(config, SECRETS);
        let hook = ["--hook", "r8wq4n1zt6ye", "--data", "{}"];
        for more in [&["sign"][..], &["sign", "--curl"], &["sign", "--http"], &["send", "--to", "http://127.0.0.1:1/"]]
        {
            let (_, text) = said(&bench, &[more, &hook].concat());
            assert!(!text.is_empty() && !text.contains(CANARY) && !text.contains(encoded), "{text}");
        }
        let (status, text) = said(&bench, &[&["sign", "--reveal"][..], &hook].concat());
        assert_eq!((status, text.contains(CANARY) || text.contains(encoded)), (0, config != GOOD), "{text}");
    }
}

#[test]
fn a_secret_that_damage_put_into_another_header_is_not_repeated() {
    let bench = Bench::new(GOOD, SECRETS);
    for header in ["content-type: application/json", "content-encoding: gzip", "content-type: text/plain; charset="] {
        for between in ["", " ", "; ", "X-Sign: "] {
            bench.write("captured", &format!("POST /wa-hook/r8wq4n1zt6ye HTTP/1.1\n{header}{between}{CANARY}\n\n{{}}"));
            let path = bench.path("captured").display().to_string();
            for more in [&[][..], &["--json"]] {
                let (_, text) = said(&bench, &[&["explain", &path, "--hook", "r8wq4n1zt6ye"], more].concat());
                assert!(!text.is_empty() && !text.contains(CANARY), "{header}{between}: {text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_to_a_capture_makes_explain_fail_or_tell(
        scheme in 0..3_usize,
        curl: bool,
        cuts in proptest::collection::vec((0_usize..400, 0_usize..9, "[\\PC\n\r '\"$:=]{0,4}"), 0..4),
    ) {
        let key = GOOD.replace("hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\"", "header = \"X-Sign\"");
        let config = match scheme {
            0 => GOOD.to_owned(),
            1 => key.replace("\"hmac\"", "\"api-key\""),
            _ => key.replace("header = \"X-Sign\"", "user = \"shop\"").replace("\"hmac\"", "\"basic\""),
        };
        let bench = Bench::new(&config, SECRETS);
        let format = if curl { "--curl" } else { "--http" };
        let (_, mut capture) = said(&bench, &["sign", "--hook", "r8wq4n1zt6ye", "--data", "{\"a\":[1,\"ä\"]}", "--reveal", format]);
        for (at, length, inserted) in &cuts {
            let start = (at % capture.len().max(1)..).find(|at| capture.is_char_boundary(*at)).unwrap();
            let end = (start + length..).find(|at| *at >= capture.len() || capture.is_char_boundary(*at)).unwrap();
            capture.replace_range(start..end.min(capture.len()), inserted);
        }
        bench.write("captured", &capture);
        let path = bench.path("captured").display().to_string();
        for more in [&[][..], &["--json"]] {
            let (status, text) = said(&bench, &[&["explain", &path, "--hook", "r8wq4n1zt6ye"], more].concat());
            prop_assert!(status <= 2 && !text.contains(CANARY), "{}\n{}", capture, text);
        }
    }
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
