//! `demo --serve`: prints the variables to paste, then each decision as it is made.

use std::{
    io::{self, Write},
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Error, Format,
    follow::{Decided, Follower, Verdict},
    json,
    screen::Screen,
    script::{Caller, SERVED},
    stage::{REGION, SECRET, Stage},
};
use crate::server::Running;

/// Interval between reads of the decision log.
const LOOK: Duration = Duration::from_millis(50);

/// Prints what a client needs and then the decisions, until the process is asked to end or its output is closed.
pub(super) fn until_asked(stage: &Stage, proxy: &Running, format: Format, out: &mut impl Write) -> Result<(), Error> {
    let follower = Follower::at_end(stage.audit())?;
    let address = proxy.proxy.first().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    let variables = variables(&address.to_string(), stage);
    let mut told: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    if format != Format::Json {
        told.push_str(&hints(proxy));
    }
    stage.runtime().block_on(follow(follower, &told, format, out))
}

/// Prints the introduction, then the decisions, until a signal arrives or the output is closed.
async fn follow(mut follower: Follower, told: &str, format: Format, out: &mut impl Write) -> Result<(), Error> {
    let screen = Screen::new(format);
    // A reader of the first line may send a signal at once, so catch signals first.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    out.write_all(told.as_bytes()).and_then(|()| out.flush()).map_err(Error::Output)?;
    let mut clock = tokio::time::interval(LOOK);
    let mut count = Count::default();
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            // The terminal was closed.
            _ = hangup.recv() => return Ok(()),
            _ = clock.tick() => {}
        }
        if unread() {
            return Ok(());
        }
        for decided in follower.look()? {
            let shown = match format {
                Format::Json => writeln!(out, "{}", json::decision(&decided)),
                Format::Coloured | Format::Plain if decided.is_news() => screen.decision(out, &decided),
                Format::Coloured | Format::Plain => continue,
            };
            shown.and_then(|()| out.flush()).map_err(Error::Output)?;
            count.add(&decided);
        }
    }
    if format == Format::Json {
        return Ok(());
    }
    writeln!(out, "\n# ended: {count}").map_err(Error::Output)
}

/// Whether standard output is a pipe or terminal whose other end is closed. A file has no other end.
fn unread() -> bool {
    let output = io::stdout();
    let mut asked = [PollFd::new(&output, PollFlags::empty())];
    let answered = poll(&mut asked, Some(&Timespec::default()));
    let gone = PollFlags::ERR | PollFlags::HUP;
    answered.is_ok() && asked.iter().any(|asked| asked.revents().intersects(gone))
}

/// The variables that a client needs, in the documented order. Every value can be pasted into a shell unquoted.
/// The last two are for Node, which uses other names for trusted roots and the region.
fn variables(proxy: &str, stage: &Stage) -> [(&'static str, String); 7] {
    [
        ("HTTPS_PROXY", format!("http://{proxy}")),
        ("AWS_CA_BUNDLE", stage.published("bundle.pem").display().to_string()),
        ("AWS_ACCESS_KEY_ID", Caller::Orders.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("NODE_EXTRA_CA_CERTS", stage.published("ca.pem").display().to_string()),
    ]
}

/// Suggested commands for three clients.
fn hints(proxy: &Running) -> String {
    let gist = SERVED.gist;
    let page = proxy.admin.first().map(|page| format!("#   a browser   http://{page}/\n")).unwrap_or_default();
    format!(
        "\
# In another terminal: `export` each of these lines, then try (policy: {gist})
#   AWS CLI     aws rds create-db-instance --db-instance-identifier mine --engine postgres \\
#                   --db-instance-class db.t4g.micro
#               aws rds delete-db-instance --db-instance-identifier mine --skip-final-snapshot
#   boto3       boto3.client(\"rds\").create_db_snapshot(DBInstanceIdentifier=\"mine\", DBSnapshotIdentifier=\"mine-1\")
#   JavaScript  new RDSClient({{ requestHandler: new NodeHttpHandler({{
#                   httpsAgent: new HttpsProxyAgent(process.env.HTTPS_PROXY) }}) }})
{page}# Decisions follow as they fall; Ctrl-C ends
"
    )
}

/// Number of requests by outcome.
#[derive(Default)]
struct Count {
    allowed: u64,
    denied: u64,
}

impl Count {
    fn add(&mut self, decided: &Decided) {
        if decided.kind != "rds" {
            return;
        }
        *match decided.verdict() {
            Verdict::Allow => &mut self.allowed,
            Verdict::Deny | Verdict::LetPass => &mut self.denied,
        } += 1;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} allowed, {} denied", self.allowed, self.denied)
    }
}
