//! The commands of a page, run one after the other as its reader would.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use super::{
    elsewhere,
    matching::is_shown_by,
    pages::{Block, Page},
    scene::{Place, Scene},
};
use crate::support::{guard::interrupt, tools};

/// How long a command may take; none takes a tenth of it.
const LIMIT: Duration = Duration::from_secs(90);

/// The proxy of pages that start none.
const RUNNING: &str = "RDS_GUARD_CA__PUBLISH=/run/rds-guard RDS_GUARD_BROKER__LISTEN=127.0.0.1:9911 \
    RDS_GUARD_BROKER__TOKEN_FILE=/run/rds-guard/token RDS_GUARD_BROKER__FOREIGN=pass \
    rds-guard run --policy policy.json --ca-dir /var/lib/rds-guard --audit /var/log/rds-guard.jsonl";

/// A command of a block, and what the page says that it prints.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    /// `None` in a block that shows no output.
    shown: Option<String>,
}

/// Runs every page; gives what went wrong.
pub(super) fn run_all(scene: &Scene, pages: &[Page]) -> Vec<String> {
    let length = |page: &&Page| page.blocks.iter().map(|block| steps(block).len()).sum::<usize>();
    let mut with_commands: Vec<&Page> = pages.iter().filter(|page| length(page) > 0).collect();
    // The longest is taken first.
    with_commands.sort_by_key(length);
    let (queue, wrong) = (Mutex::new(with_commands), Mutex::new(Vec::new()));
    let run = || {
        while let Some(page) = { queue.lock().unwrap().pop() } {
            if let Err(told) = Session::new(scene, page).and_then(|mut session| session.run(page)) {
                wrong.lock().unwrap().push(told);
            }
        }
    };
    // Each thread has the test's name, under which a missing program is noted.
    let test = thread::current().name().unwrap_or_default().to_owned();
    thread::scope(|scope| {
        for _ in 0..4 {
            thread::Builder::new().name(test.clone()).spawn_scoped(scope, run).unwrap();
        }
    });
    wrong.into_inner().unwrap()
}

/// One page as it is read: its place, and what it has running.
struct Session {
    place: Place,
    serving: Option<Serving>,
}

/// A command that serves until a signal ends it.
struct Serving {
    child: Child,
    output: PathBuf,
}

impl Session {
    fn new(scene: &Scene, page: &Page) -> Result<Self, String> {
        let mut session = Self { place: Place::new(scene, page), serving: None };
        let steps: Vec<Step> = page.blocks.iter().flat_map(steps).collect();
        // A page that starts no proxy speaks of one that runs.
        let speaks = |step: &Step| ["/rds-guard", "127.0.0.1"].iter().any(|word| step.command.contains(word));
        let starts = |step: &Step| serves(&step.command) || deploys(&step.command);
        if steps.iter().any(speaks) && !steps.iter().any(starts) {
            session
                .serve(&session.serving_script(RUNNING), None)
                .map_err(|told| format!("{}: the page's proxy: {told}", page.name))?;
            // The two usual folders of trust are one here.
            for name in ["ca.pem", "bundle.pem", "truststore.p12"] {
                let published = session.place.aside("run/rds-guard").join(name);
                drop(fs::copy(published, session.place.aside("var/lib/rds-guard").join(name)));
            }
        }
        Ok(session)
    }

    fn run(&mut self, page: &Page) -> Result<(), String> {
        for block in &page.blocks {
            if let Some(file) = &block.file {
                let path = self.place.work().join(self.place.placed(file));
                fs::write(path, self.place.placed(&block.text))
                    .map_err(|error| format!("{}: {file}: {error}", page.name))?;
            }
            for step in steps(block) {
                if !tools::available_for(
                    &format!("{}:{} and after", page.name, block.line),
                    &elsewhere::needed(&step.command),
                ) {
                    return Ok(());
                }
                let taken = self.take(&step).and_then(|()| self.restarted());
                taken.map_err(|told| format!("{}:{}: `{}`\n{told}", page.name, block.line, step.command))?;
            }
        }
        Ok(())
    }

    /// Starts the proxy that a command asked a cluster for.
    fn restarted(&mut self) -> Result<(), String> {
        let asked = self.place.aside("restart");
        let Ok(command) = fs::read_to_string(&asked) else { return Ok(()) };
        fs::remove_file(asked).unwrap();
        self.serve(&command, None)
    }

    fn take(&mut self, step: &Step) -> Result<(), String> {
        let command = elsewhere::instead(&step.command);
        if serves(&command) {
            return self.serve(&self.serving_script(&command), step.shown.as_deref());
        }
        let output = File::create(self.place.aside("output")).unwrap();
        let script = format!("{}\ncode=$?; {}; exit $code", self.place.placed(&command), self.place.keeping());
        let mut shell = self.place.shell(&script);
        shell.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let mut child = shell.spawn().unwrap();
        let began = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if began.elapsed() > LIMIT => {
                    drop(child.kill());
                    return Err(format!("takes more than {LIMIT:?}"));
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        let printed = String::from_utf8_lossy(&fs::read(self.place.aside("output")).unwrap()).into_owned();
        let printed = self.place.shown(&printed);
        match &step.shown {
            Some(shown) if !shown.is_empty() && is_shown_by(shown, &printed) => Ok(()),
            // Where nothing is shown, success is what is promised.
            None if status.success() => Ok(()),
            Some(shown) if shown.is_empty() && printed.trim().is_empty() && status.success() => Ok(()),
            Some(shown) => Err(format!("the page shows\n{shown}\nit prints ({status})\n{printed}")),
            None => Err(format!("{status}\n{printed}")),
        }
    }

    /// A command that serves as a script in whose process it does: a signal then reaches it.
    fn serving_script(&self, command: &str) -> String {
        let assigned = command.split(' ').take_while(|word| word.contains('=')).count();
        let mut words: Vec<&str> = command.split(' ').collect();
        words.insert(assigned, "exec");
        self.place.placed(&words.join(" "))
    }

    /// Starts what serves, in place of what did until now, and waits until it has begun as the page shows.
    fn serve(&mut self, script: &str, shown: Option<&str>) -> Result<(), String> {
        self.serving = None;
        let output = self.place.aside("serving");
        let file = File::create(&output).unwrap();
        let mut shell = self.place.shell(script);
        shell.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let serving = self.serving.insert(Serving { child: shell.spawn().unwrap(), output });
        let began = Instant::now();
        loop {
            let ended = serving.child.try_wait().unwrap();
            let printed = self.place.shown(&fs::read_to_string(&serving.output).unwrap());
            let ready = printed.lines().any(|line| line.starts_with("ready ") || line.starts_with("# Decisions"));
            if ready && shown.is_none_or(|shown| is_shown_by(&format!("{shown} …"), &printed)) {
                self.place.export(&fs::read_to_string(&serving.output).unwrap());
                return Ok(());
            }
            if ended.is_some() || began.elapsed() > LIMIT || (ready && began.elapsed() > LIMIT / 9) {
                return Err(format!("the page shows\n{}\nit prints\n{printed}", shown.unwrap_or("that it serves")));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        interrupt(&self.child);
        drop(self.child.wait());
    }
}

/// Whether a command asks a cluster for a proxy.
fn deploys(command: &str) -> bool {
    command.starts_with("helm upgrade ") || command.starts_with("kubectl apply ")
}

fn serves(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|word| word.contains('='));
    let command = command.replace("cargo run --release -- ", "rds-guard ");
    match (words.next(), command.contains(" --check"), command.contains("--serve")) {
        (Some("rds-guard" | "cargo"), check, serve) => (command.contains("rds-guard run ") && !check) || serve,
        _ => false,
    }
}

/// The commands of a block, in their order.
fn steps(block: &Block) -> Vec<Step> {
    match block.language.as_str() {
        "sh" => commands(&block.text).into_iter().map(|command| Step { command, shown: None }).collect(),
        "console" => console(&block.text),
        _ => Vec::new(),
    }
}

/// What a shell would take one after the other: a line, with those that it continues and its here-document.
fn commands(text: &str) -> Vec<String> {
    let (mut found, mut lines) = (Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let mut command = line.to_owned();
        while command.ends_with('\\') {
            command.pop();
            command.push_str(lines.next().unwrap_or_default().trim_start());
        }
        if let Some((_, end)) = command.clone().split_once("<<") {
            let end = end.trim_matches(['\'', '"']);
            for line in lines.by_ref() {
                command.push('\n');
                command.push_str(line);
                if line == end {
                    break;
                }
            }
        }
        found.push(command);
    }
    found
}

fn console(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut continues = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command: command.to_owned(), shown: Some(String::new()) }),
            (None, Some(step)) if continues => {
                step.command.pop();
                step.command.push_str(line.trim_start());
            }
            (None, Some(step)) => step.shown.get_or_insert_default().push_str(&format!("{line}\n")),
            (None, None) => steps.push(Step {
                command: format!("false # a console block begins with `$ `, not with {line}"),
                shown: None,
            }),
        }
        continues = steps
            .last()
            .is_some_and(|step| step.shown.as_ref().is_none_or(String::is_empty) && step.command.ends_with('\\'));
    }
    steps
}

#[test]
fn commands_are_told_from_what_they_print() {
    let shown = |command: &str, shown: &str| Step { command: command.into(), shown: Some(shown.into()) };
    assert_eq!(console("$ a \\\n  b\nout\nmore\n$ c\n"), [shown("a b", "out\nmore\n"), shown("c", "")]);
    assert_eq!(commands("# x\na \\\n  b\n\ncat <<'E'\nx\nE\nc\n"), ["a b", "cat <<'E'\nx\nE", "c"]);
    assert!(serves("rds-guard run --policy x") && serves("cargo run --release -- demo --serve"));
    assert!(!serves("rds-guard run --check --policy x") && !serves("rds-guard demo"));
}
