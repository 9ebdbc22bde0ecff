//! The log of a pod's life: what happened when, and what each party said. It stands in docs/pod-life.md.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

const BEGIN: &str = "<!-- log: written by the test, see above -->\n\n```text\n";
const END: &str = "```\n\n<!-- end of log -->";

/// What happens, as it happens.
pub(super) struct Log {
    began: Instant,
    lines: Vec<(Duration, String)>,
}

impl Log {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), lines: Vec::new() }
    }

    /// Somebody did or said something.
    pub(super) fn say(&mut self, who: &str, what: &str) {
        let what = what.trim_end().replace('\n', "\n                    ");
        self.lines.push((self.began.elapsed(), format!("{who:<10}  {what}")));
    }

    fn text(&self) -> String {
        let line = |(at, what): &(Duration, String)| format!("{:>6.2}  {what}\n", at.as_secs_f64());
        self.lines.iter().map(line).collect()
    }

    /// Holds that the page says the same, numbers apart: how long a drain is, and when things happen.
    pub(super) fn hold(&self) {
        let (_, rest, _) = page();
        let plain = |text: &str| text.replace(|c: char| c.is_ascii_digit() || c == ' ', "");
        let (said, seen) = (plain(&rest), plain(&self.text()));
        assert_eq!(said, seen, "docs/pod-life.md does not say what happened:\n{}", self.text());
    }

    /// Writes the page anew.
    pub(super) fn write(&self) {
        let (before, _, after) = page();
        fs::write(path(), format!("{before}{BEGIN}{}{END}{after}", self.text())).unwrap();
    }
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pod-life.md")
}

/// What stands before the log, the log, and what stands after it.
fn page() -> (String, String, String) {
    let text = fs::read_to_string(path()).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the place of the log");
    let (log, after) = rest.split_once(END).expect("the end of the log");
    (before.to_owned(), log.to_owned(), after.to_owned())
}
