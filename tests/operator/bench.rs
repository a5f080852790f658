//! A folder with a configuration, and the binary run in it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// The day of every check: the folder's configuration is right on it.
pub(crate) const TODAY: &str = "2026-11-22";

/// A secret that must be in no output.
pub(crate) const CANARY: &str = "canary-hunter2-0f9e8d7c6b5a";

/// A configuration of which there is nothing to say but what the line of its hook says.
pub(crate) const GOOD: &str = r#"name = "gate"
main = "src/guard.js"
compatibility_date = "2026-11-01"
workers_dev = false
routes = [{ pattern = "hooks.shop.dev", custom_domain = true }]

[observability]
enabled = true
redact_query_string = true

[observability.logs]
enabled = true
invocation_logs = false

[[kv_namespaces]]
binding = "REPLAY"
id = "0f2ac74b498b48028cb68387c421e279"

[[kv_namespaces]]
binding = "SWITCHES"
id = "1f2ac74b498b48028cb68387c421e279"

[[durable_objects.bindings]]
name = "LEDGER"
class_name = "Ledger"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["Ledger"]

[vars]
ORIGIN = "https://www.shop.dev"

[vars.ORIGINS.blog]
url = "https://blog.shop.dev"
secret = "BLOG_SECRET"
user = "gate"
password = "BLOG_PASSWORD"

[[vars.HOOKS]]
id = "r8wq4n1zt6ye"
enabled = true
owner = "Shop operations <ops@shop.dev>"
purpose = "Mark an order paid"
review_by = "2027-01-31"
auth = [{ scheme = "hmac", hash = "sha256", header = "X-Sign", prefix = "sha256=", secrets = ["PAY_SECRET"] }]
on_failure = "reply"
objects = { order = { at = "/data/order_id", by = ["id"], required = true } }
fields = ["/type", { at = "/data/amount", type = "integer" }]
"#;

/// Its secrets.
pub(crate) const SECRETS: &str = r#"# Made for tests.
ORIGIN_SECRET="whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5"
BLOG_SECRET="whsec_bm90IGEgc2VjcmV0OiB0aGUgc2Vjb25kIHNpdGU="
BLOG_PASSWORD="abcd EFGH ijkl MNOP qrst UVWX"
PAY_SECRET="canary-hunter2-0f9e8d7c6b5a"
ADMIN_TOKEN="9b2f61c07ad84e35b1c6f0d2a7e8934c5d10fb6e"
"#;

/// A folder of its own for one test.
#[derive(Debug)]
pub(crate) struct Bench {
    folder: PathBuf,
}

/// What became of one command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Bench {
    pub(crate) fn new(config: &str, secrets: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let bench = Self { folder };
        bench.write("wrangler.toml", config);
        if !secrets.is_empty() {
            bench.write(".dev.vars", secrets);
        }
        bench
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[], "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hookgate"))
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = child.wait_with_output().unwrap();
        Ended {
            status: ended.status.code().unwrap(),
            output: String::from_utf8(ended.stdout).unwrap(),
            errors: String::from_utf8(ended.stderr).unwrap(),
        }
    }

    pub(crate) fn check(&self, more: &[&str]) -> Ended {
        self.run(&[&["check", "--today", TODAY], more].concat())
    }

    /// The findings of a check.
    pub(crate) fn findings(&self) -> Vec<Value> {
        let ended = self.check(&["--json"]);
        serde_json::from_str::<Vec<Value>>(&ended.output).expect(&ended.errors)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
