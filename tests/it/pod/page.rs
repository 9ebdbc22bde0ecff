//! Pages with observed results: a run writes them, and other runs check that they are still correct.
//!
//! `RDS_GUARD_WRITE_POD=1 cargo test --test it pod::` writes the results to docs/pod-life.md and docs/doctor.md.

use std::{
    fs,
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

const END: &str = "```\n\n<!-- end -->";

/// Whether pages are to be written.
pub(super) fn is_to_be_written() -> bool {
    std::env::var_os("RDS_GUARD_WRITE_POD").is_some_and(|value| value == "1")
}

/// Writes the result with this name into a page; or checks that the page contains it, ignoring numbers.
pub(super) fn hold(page: &str, name: &str, seen: &str) {
    // Tests of one run write one after the other.
    static ONE: Mutex<()> = Mutex::new(());
    let _alone = ONE.lock();
    let begin = format!("<!-- {name}: written by the test, see above -->\n\n```text\n");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).expect("the place of what was seen");
    let (said, after) = rest.split_once(END).expect("its end");
    if is_to_be_written() {
        fs::write(path, format!("{before}{begin}{seen}{END}{after}")).unwrap();
        return;
    }
    let plain = |text: &str| text.replace(|c: char| c.is_ascii_digit() || c == ' ', "");
    assert_eq!(plain(said), plain(seen), "docs/{page} does not say what was seen:\n{seen}");
}

/// The events, in order of occurrence.
pub(super) struct Log {
    began: Instant,
    lines: Vec<(Duration, String)>,
}

impl Log {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), lines: Vec::new() }
    }

    /// Adds an event: who did or said what.
    pub(super) fn say(&mut self, who: &str, what: &str) {
        let what = what.trim_end().replace('\n', "\n                    ");
        self.lines.push((self.began.elapsed(), format!("{who:<10}  {what}")));
    }

    /// The text, with times.
    pub(super) fn text(&self) -> String {
        let line = |(at, what): &(Duration, String)| format!("{:>6.2}  {what}\n", at.as_secs_f64());
        self.lines.iter().map(line).collect()
    }
}
