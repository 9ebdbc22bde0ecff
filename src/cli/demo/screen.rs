//! The text output: one line for each call, at most fifty lines of a hundred columns in total.

use std::io::{self, Write};

use super::{
    Format, Made,
    follow::{Decided, Verdict},
    script::{Act, Way},
};
use crate::sandbox::{Reply, Sandbox};

/// The width of the output, which every modern terminal has.
const COLUMNS: usize = 100;

/// Writes the text output.
pub(super) struct Screen {
    coloured: bool,
}

/// The style of a word, as ECMA-48 select graphic rendition.
#[derive(Clone, Copy)]
enum Tone {
    Strong,
    Faint,
    Good,
    Bad,
    Warning,
}

impl Screen {
    pub(super) fn new(format: Format) -> Self {
        Self { coloured: format == Format::Coloured }
    }

    pub(super) fn opening(&self, out: &mut impl Write) -> io::Result<()> {
        let title = self.toned(Tone::Strong, "rds-guard demo");
        writeln!(out, "{title}: signed calls through the proxy to a sandbox RDS API that verifies every signature")?;
        let columns = line(["account", "call", &format!("{:<VERDICT$}", "policy"), "because", "answer"]);
        writeln!(out, "\n{}", self.toned(Tone::Faint, &columns))
    }

    pub(super) fn act(&self, out: &mut impl Write, number: usize, act: &Act) -> io::Result<()> {
        let title = self.toned(Tone::Strong, &format!("{number}. {}", act.title));
        writeln!(out, "\n{title}\n   {}", self.toned(Tone::Faint, &format!("policy: {}", act.gist)))
    }

    pub(super) fn call(&self, out: &mut impl Write, made: &Made<'_>) -> io::Result<()> {
        let asked = [made.scene.action, made.scene.subject(), how(made.scene.way)];
        let asked: Vec<&str> = asked.into_iter().filter(|word| !word.is_empty()).collect();
        let (verdict, tone) = verdict(&made.decided);
        let line = line([
            made.scene.caller.account(),
            &asked.join(" "),
            &self.toned(tone, &format!("{verdict:<VERDICT$}")),
            &made.decided.because(),
            &format!("{} {}", made.reply.status, outcome(&made.reply)),
        ]);
        writeln!(out, "{line}")?;
        if made.scene.quoted {
            let message = made.reply.element("Message").unwrap_or_default();
            for line in wrapped(&format!("the caller reads: {message}"), COLUMNS - 6) {
                writeln!(out, "      {}", self.toned(Tone::Faint, &line))?;
            }
        }
        Ok(())
    }

    pub(super) fn closing(&self, out: &mut impl Write, sandbox: &Sandbox) -> io::Result<()> {
        let refused = sandbox.arrivals().iter().filter(|arrival| arrival.verified.is_none()).count();
        let verified = sandbox.requests().saturating_sub(refused as u64);
        writeln!(
            out,
            "\nDenied calls never reached the service. Of the others, it verified {verified} signatures and refused {refused}, \
             whose\nbytes were changed in transit: the proxy changes none."
        )?;
        writeln!(out, "\n{}", self.toned(Tone::Strong, "What next"))?;
        for (command, what) in NEXT {
            writeln!(out, "   {command:<62} {}", self.toned(Tone::Faint, what))?;
        }
        Ok(())
    }

    /// A decision on a line of its own, for calls of the user's clients.
    pub(super) fn decision(&self, out: &mut impl Write, decided: &Decided) -> io::Result<()> {
        let (verdict, tone) = verdict(decided);
        let what = decided.action.as_deref().or(decided.host.as_deref()).unwrap_or("?");
        let resource = match decided.resources.as_slice() {
            [] => String::new(),
            [arn] => format!(" on {arn}"),
            [arn, more @ ..] => format!(" on {arn} +{}", more.len()),
        };
        let who = decided.principal.as_ref().map(|principal| {
            let account = principal.account.as_deref().map(|account| format!("account {account}"));
            let known = principal.arn.clone().or(account);
            format!(" by {}", known.unwrap_or_else(|| principal.access_key_id.clone()))
        });
        let answer = match (&decided.upstream, &decided.detail) {
            (Some(upstream), _) => format!(" -> {}", upstream.status),
            (None, Some(detail)) => format!(" ({detail})"),
            (None, None) => String::new(),
        };
        let (clock, who) = (self.toned(Tone::Faint, decided.clock()), who.unwrap_or_default());
        let verdict = self.toned(tone, &format!("{verdict:<5}"));
        writeln!(out, "{clock} {verdict} {what}{resource}{who}: {}{answer}", decided.because())
    }

    fn toned(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => 1,
            Tone::Faint => 2,
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Warning => 33,
        };
        if self.coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Suggestions for what to do next.
const NEXT: [(&str, &str); 4] = [
    ("rds-guard demo --serve", "keeps running, for your own client"),
    ("rds-guard exec --policy FILE -- aws rds describe-db-instances", "a command behind it"),
    ("rds-guard actions rds:DeleteDBInstance", "what a policy must cover for it"),
    ("rds-guard run --policy FILE --endpoint REGION=VPCE-DNS-NAME", "next to your service"),
];

/// Width of the verdict column.
const VERDICT: usize = 6;

/// A call in its columns. The verdict must be padded by the caller, since its colour codes have no width.
fn line([account, asked, verdict, because, answer]: [&str; 5]) -> String {
    let line = format!("   {account:<12}  {asked:<34}  {verdict}  {because:<22}  {answer}");
    line.trim_end().to_owned()
}

fn how(way: Way) -> &'static str {
    match way {
        Way::Header => "",
        Way::Presigned => "(presigned)",
        Way::Tampered => "(tampered)",
    }
}

/// The response to the caller, in one word.
fn outcome(reply: &Reply) -> String {
    let words = ["Code", "DBInstanceStatus", "Status"].into_iter();
    words.filter_map(|element| reply.element(element)).next().unwrap_or_default()
}

fn verdict(decided: &Decided) -> (&'static str, Tone) {
    match decided.verdict() {
        Verdict::Allow => ("allow", Tone::Good),
        Verdict::Deny => ("deny", Tone::Bad),
        Verdict::LetPass => ("(deny)", Tone::Warning),
    }
}

/// Wraps a text at blanks into lines of at most this many characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
