//! The table of docs/RELIABILITY.md: made from a run, and held against the next ones.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf, time::Duration};

const BEGIN: &str = "<!-- faults: written by the test, see above -->\n";
const END: &str = "<!-- end of faults -->";

/// What came of one fault.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) part: &'static str,
    pub(crate) fault: &'static str,
    pub(crate) client: String,
    pub(crate) record: String,
    pub(crate) seen: u64,
    pub(crate) took: Duration,
    pub(crate) well: Duration,
}

impl Line {
    /// All but the times, which are another in each run.
    fn outcome(&self) -> String {
        format!("| {} | {} | {} | {} |", self.fault, self.client, self.record, self.seen)
    }
}

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/RELIABILITY.md")
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn render(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut part = "";
    for line in lines {
        if line.part != part {
            part = line.part;
            let _ = writeln!(text, "\n### {part}\n");
            let _ = writeln!(text, "| … | the client gets | recorded | sent whole | took, s | well again after, s |");
            let _ = writeln!(text, "| --- | --- | --- | --- | --- | --- |");
        }
        let _ = writeln!(text, "{} {} | {} |", line.outcome(), seconds(line.took), seconds(line.well));
    }
    text.push('\n');
    text
}

/// Writes the table into the page.
pub(crate) fn write(lines: &[Line]) {
    let text = fs::read_to_string(page()).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect("the place of the table");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    fs::write(page(), format!("{before}{BEGIN}{}{END}{after}", render(lines))).unwrap();
}

/// What the page says otherwise than the run.
pub(crate) fn differences(lines: &[Line]) -> Vec<String> {
    let text = fs::read_to_string(page()).unwrap();
    let (_, rest) = text.split_once(BEGIN).expect("the place of the table");
    let (table, _) = rest.split_once(END).expect("the end of the table");
    let mut part = "";
    let mut said: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in table.lines() {
        if let Some(heading) = row.strip_prefix("### ") {
            part = heading;
        } else if let Some(cells) = row.strip_prefix("| ")
            && !row.starts_with("| …")
            && !row.starts_with("| ---")
        {
            let cells: Vec<&str> = cells.split(" | ").collect();
            said.insert((part.to_owned(), cells[0].to_owned()), format!("| {} |", cells[..4].join(" | ")));
        }
    }
    let mut wrong = Vec::new();
    for line in lines {
        let is = line.outcome();
        match said.remove(&(line.part.to_owned(), line.fault.to_owned())) {
            Some(says) if says == is => {}
            Some(says) => wrong.push(format!("{}:\n  is   {is}\n  says {says}", line.part)),
            None => wrong.push(format!("{}: {is} stands nowhere", line.part)),
        }
    }
    wrong.extend(said.into_keys().map(|(part, fault)| format!("{part}: `{fault}` is no fault of the test")));
    wrong
}
