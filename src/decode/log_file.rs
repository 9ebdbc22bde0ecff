//! The path of a log file download, `/v13/downloadCompleteLogFile/INSTANCE/FILE…`.
//!
//! The call of the predecessors of the AWS CLI's `download-complete-db-log-file` and of many scripts; it is not part
//! of the Query protocol. RDS API Reference, "DownloadCompleteDBLogFile".

use super::Error;
use crate::aws::percent;

/// The prefix of every such path.
const PREFIX: &str = "/v13/downloadCompleteLogFile/";

/// Whether a path is that of a log file download, well formed or not.
pub(super) fn is_download(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Reads the instance and the file name, decoded once; `None` if the path is not a log file download.
///
/// # Errors
/// An instance that is not an identifier, or a file name with a segment that a server might resolve to something
/// else: an empty one, one of dots, an escaped dot, a backslash, a path parameter, a control character, an escaped
/// percent sign.
pub(super) fn read(path: &str) -> Result<Option<(String, String)>, Error> {
    let Some(rest) = path.strip_prefix(PREFIX) else { return Ok(None) };
    let (instance, file) = rest.split_once('/').ok_or(Error::LogFileName)?;
    let instance = decode(instance).filter(|name| is_identifier(name)).ok_or(Error::LogFileInstance)?;
    let raw = file.to_ascii_lowercase();
    let file = decode(file).filter(|name| !raw.contains("%2e") && is_file_name(name)).ok_or(Error::LogFileName)?;
    Ok(Some((instance, file)))
}

/// `[A-Za-z][A-Za-z0-9-]{0,62}` (RDS User Guide, "Quotas and constraints").
fn is_identifier(name: &str) -> bool {
    let letters = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    matches!(name.as_bytes(), [first, rest @ ..] if first.is_ascii_alphabetic() && rest.len() <= 62 && letters(rest))
}

fn is_file_name(name: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\\' | ';' | '%');
    !name.contains(odd) && name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

/// Decodes percent escapes and nothing else: in a path `+` is a plus sign.
fn decode(text: &str) -> Option<String> {
    String::from_utf8(percent::decode(text)?.collect()).ok()
}
