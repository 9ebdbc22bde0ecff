//! Log files of instances: always the same files, with the same lines.

use crate::sandbox::{
    answer::Refusal,
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
    },
    xml::Element,
};

/// Number of lines in a log file, some hundred kilobytes.
const LINES: usize = 10_000;

/// The files that every instance has, with the time of the last write in milliseconds.
const FILES: [(&str, &str); 2] =
    [("error/postgres.log", "1764000000000"), ("error/postgresql.log.2026-11-24-08", "1763971200000")];

/// DescribeDBLogFiles.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let instance = draft::find(world, ask)?.record;
    let part = ask.value("FilenameContains").unwrap_or_default();
    let files = FILES.iter().filter(|(name, _)| name.contains(part)).map(|(name, written)| {
        let size = text(&instance.id, name).len().to_string();
        Item::with([("LogFileName", *name), ("LastWritten", written), ("Size", &size)])
            .element("DescribeDBLogFilesDetails")
    });
    Ok(Some(vec![Element::parent("DescribeDBLogFiles", files.collect())]))
}

/// DownloadDBLogFilePortion: lines from a marker, which is the number of the first one.
pub(in crate::sandbox::api) fn portion(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let instance = draft::find(world, ask)?.record;
    let name = ask.parameters.required("LogFileName")?;
    if !FILES.iter().any(|(known, _)| *known == name) {
        return Err(Refusal::not_found(
            "DBLogFileNotFoundFault",
            format!("DBLog File: {name}, is not found on the DB instance"),
        ));
    }
    let from: usize =
        ask.value("Marker").map_or(Ok(0), str::parse).map_err(|_| Refusal::invalid_value("Invalid Marker"))?;
    let most: usize = ask.value("NumberOfLines").and_then(|number| number.parse().ok()).unwrap_or(1000);
    let whole = text(&instance.id, name);
    let lines: String = whole.split_inclusive('\n').skip(from).take(most).collect();
    let next = LINES.min(from.saturating_add(most));
    let mut answer = Record::default();
    answer.set("LogFileData", lines);
    answer.set("Marker", next.to_string());
    answer.set("AdditionalDataPending", (next < LINES).to_string());
    Ok(Some(answer.plain_element("").into_children()))
}

/// The content of any file of an instance, for the REST-like download.
pub(in crate::sandbox::api) fn whole(instance: &str, name: &str) -> String {
    text(instance, name)
}

fn text(instance: &str, name: &str) -> String {
    (1..=LINES).map(|number| format!("{number:06} {instance} {name}: checkpoint complete\n")).collect()
}
