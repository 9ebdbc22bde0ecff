//! `credential_process` of a profile: a program that prints credentials, such as the helper of IAM Roles Anywhere.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Process credential provider". OURS: the program is run without a
//! shell, gets few variables and none with a secret, and its standard error is discarded, since it could contain
//! anything.

use std::{
    io::Read as _,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, Signal, kill_process_group},
};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use super::{Credentials, Environment, Error};
use crate::{
    aws::AccessKeyId,
    identify::{Secret, SecretAccessKey, SessionToken, Term},
};

const SOURCE: &str = "credential_process";

/// Maximum size of the output in bytes.
const LONGEST_OUTPUT: usize = 64 * 1024;

/// Interval between checks whether a program that has closed its output has exited.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// The variables that are passed to the program.
const PASSED: [&str; 11] = [
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HOME",
    "LANG",
    "PATH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
];

/// Whether this variable is passed to the program.
pub(super) fn is_passed(name: &str) -> bool {
    PASSED.contains(&name)
}

/// Runs the program and parses its output.
pub(super) async fn credentials(line: &str, environment: &Environment, limit: Duration) -> Result<Credentials, Error> {
    let malformed = |what: &str| Error::Malformed { asked: SOURCE, what: what.to_owned() };
    let words = words(line).ok_or_else(|| malformed("a quotation mark in it is not closed"))?;
    let (program, arguments) = words.split_first().ok_or_else(|| malformed("it names no program"))?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    command.envs(PASSED.iter().filter_map(|name| Some((name, environment.get(name)?))));
    let (program, ran) = (program.clone(), tokio::task::spawn_blocking(move || run(command, limit)).await);
    let output = ran.map_err(|_| malformed("it was not waited for"))?.map_err(|failure| failure.of(&program, limit))?;
    read(&output)
}

/// Why running the program gave no output.
enum Failure {
    Start(std::io::Error),
    Read(std::io::Error),
    Slow,
    Long,
    Status(std::process::ExitStatus),
}

impl Failure {
    fn of(self, program: &str, limit: Duration) -> Error {
        let what = match self {
            Self::Start(error) => format!("`{program}` cannot be started: {error}"),
            Self::Read(error) => format!("`{program}` cannot be read from: {error}"),
            Self::Slow => format!("`{program}` did not end within {} s", limit.as_secs_f32()),
            Self::Long => format!("`{program}` prints more than {LONGEST_OUTPUT} bytes"),
            Self::Status(status) => {
                format!(
                    "`{program}` ended with {status}; run it by hand to see why, its error output is not shown here"
                )
            }
        };
        Error::Malformed { asked: SOURCE, what }
    }
}

/// A running program. It and everything that it started are killed on drop.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Other processes of its group would otherwise keep the pipe open.
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(mut command: Command, limit: Duration) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let until = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut running = Running(command.spawn().map_err(Failure::Start)?);
    // Allocated at its maximum size: a buffer that grows leaves copies of the secret behind.
    let mut output = Zeroizing::new(Vec::with_capacity(LONGEST_OUTPUT + 1));
    if let Some(mut pipe) = running.0.stdout.take() {
        let mut piece = Zeroizing::new([0u8; 4096]);
        loop {
            let left = until.checked_duration_since(Instant::now()).ok_or(Failure::Slow)?;
            let left = Timespec::try_from(left).map_err(|_| Failure::Slow)?;
            match poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&left)) {
                Ok(0) => return Err(Failure::Slow),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(Failure::Read(errno.into())),
            }
            match pipe.read(piece.as_mut_slice()) {
                Ok(0) => break,
                Ok(length) => output.extend_from_slice(piece.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Read(error)),
            }
            if output.len() > LONGEST_OUTPUT {
                return Err(Failure::Long);
            }
        }
    }
    loop {
        match running.0.try_wait().map_err(Failure::Read)? {
            Some(status) if status.success() => return Ok(output),
            Some(status) => return Err(Failure::Status(status)),
            None if Instant::now() >= until => return Err(Failure::Slow),
            None => std::thread::sleep(BETWEEN_LOOKS),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: Option<u32>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Parses the document. Nothing of it is ever shown in an error.
fn read(output: &[u8]) -> Result<Credentials, Error> {
    let malformed = |what: &str| Error::Malformed { asked: SOURCE, what: what.to_owned() };
    let missing = |what: &str| Error::Missing { asked: SOURCE, what: format!("{what} in its output") };
    let document: Document =
        serde_json::from_slice(output).map_err(|_| malformed("its output is not the JSON that was expected"))?;
    if document.version != Some(1) {
        return Err(malformed("the Version in its output is not 1"));
    }
    let id = document.access_key_id.ok_or_else(|| missing("AccessKeyId"))?;
    let access_key_id: AccessKeyId = id.parse().map_err(|_| malformed("the AccessKeyId in its output is none"))?;
    let expires = match document.expiration {
        Some(text) => Some(
            OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| malformed("the Expiration in its output is no date"))?,
        ),
        None => None,
    };
    Ok(Credentials {
        term: Term::of_key(&access_key_id),
        access_key_id,
        secret: Secret {
            secret_access_key: SecretAccessKey::new(
                document.secret_access_key.ok_or_else(|| missing("SecretAccessKey"))?,
            ),
            session_token: document.session_token.filter(|token| !token.is_empty()).map(SessionToken::new),
        },
        expires,
        role: None,
        shared: false,
        source: SOURCE,
    })
}

/// Splits a command line into words at blanks, with both kinds of quotes and backslashes as in a POSIX shell, and
/// no other shell syntax. `None` if a quote is not closed.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => match characters.next()? {
                            escaped @ ('"' | '\\') => word.push(escaped),
                            other => word.extend(['\\', other]),
                        },
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_divided_as_a_shell_divides_it_and_nothing_else_is_done() {
        for (line, expected) in [
            ("/opt/helper --a  b", vec!["/opt/helper", "--a", "b"]),
            (r#""/opt/my helper" 'two words' a\ b"#, vec!["/opt/my helper", "two words", "a b"]),
            (r#"h "say \"x\" \\ \n" '' "#, vec!["h", r#"say "x" \ \n"#, ""]),
            (r#"h $HOME `id` *;x|y"#, vec!["h", "$HOME", "`id`", "*;x|y"]),
            ("", vec![]),
        ] {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
        for open in ["h 'x", "h \"x", "h \"x\\", "h \\"] {
            assert_eq!(words(open), None, "{open}");
        }
    }
}
