//! The examples in the help of every command do what they say: each is run, in a folder laid out for it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use clap::CommandFactory as _;
use rds_guard::cli::Arguments;
use tempfile::TempDir;

use crate::support::{
    guard::{ALONE, Guard, interrupt},
    tools,
};

const POLICY: &str = include_str!("../../config/policies/allow-listed-actions.json");

/// Examples that serve until a signal ends them, and what they print once they do.
const SERVING: [(&str, &str); 2] = [("run", "ready "), ("demo --serve", "HTTPS_PROXY=")];

/// Examples that say no by their exit code: the policy of the stage denies what they ask.
const SAYING_NO: [&str; 4] = [
    "diff policy.json new.json",
    "diff --format json policy.json new.json",
    "check --policy policy.json --action rds:DeleteDBInstance",
    "replay --policy new.json",
];

/// Examples whose answer hangs on the machine.
const SAYING_WHAT_IS: [&str; 1] = ["doctor"];

/// A folder in which examples find what they name.
struct Stage {
    folder: TempDir,
    guard: Guard,
    ec2: SocketAddr,
}

/// An EC2 that knows one endpoint, as long as this process lives.
fn ec2() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let policy = POLICY.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-0123456789abcdef0</vpcEndpointId>\
         <serviceName>com.amazonaws.us-east-1.rds</serviceName><state>available</state><policyDocument>{policy}\
         </policyDocument></item></vpcEndpointSet></DescribeVpcEndpointsResponse>"
    );
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // One read has the whole question: it is short, and sent at once.
            let _question = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

impl Stage {
    fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("run")).unwrap();
        let token = format!("RDS_GUARD_BROKER__TOKEN_FILE={}", folder.path().join("run/orders-token").display());
        let arguments = [
            "RDS_GUARD_BROKER__LISTEN=127.0.0.1:0",
            &token,
            "AWS_ACCESS_KEY_ID=AKIARZPUZDIKAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY=of the examples",
            // Nobody answers there: whose the key is stays unknown.
            "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
        ];
        let guard = Guard::start_with(POLICY, &[], &rcgen_root(), &arguments);
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for name in ["policy.json", "policies/a.json", "policies/b.json"] {
            write(name, POLICY);
        }
        let case =
            "[[case]]\nname = \"nobody deletes\"\naction = \"rds:DeleteDBInstance\"\nexpect = \"implicit_deny\"\n";
        write("tests/policy.toml", &format!("policy = \"../policy.json\"\n{case}"));
        write("new.json", &POLICY.replace("rds:ModifyDBInstance", "rds:DeleteDBInstance"));
        let records = include_str!("../data/audit/orders.jsonl");
        write("log/audit.jsonl", records);
        write("rds-guard.toml", "policy = \"policy.json\"\n");
        write("app.py", "print('ran')\n");
        write("app.js", "console.log('ran')\n");
        write("main.tf", "output \"ran\" { value = true }\n");
        let case = r#"{"id": 1, "policy": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}},
            "request": {"action": "rds:CreateDBInstance", "resources": ["arn:aws:rds:eu-west-1:123456789012:db:x"], "context": {}}}"#;
        write("cases.jsonl", &case.replace('\n', " "));
        let body = "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders&Engine=postgres&DBInstanceClass=db.t4g.micro";
        let head = format!(
            "POST / HTTP/1.1\r\nHost: rds.eu-west-1.amazonaws.com\r\nX-Amz-Date: 20260131T120000Z\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAEXAMPLE/20260131/eu-west-1/rds/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, Signature={}\r\n\r\n",
            body.len(),
            "0".repeat(64)
        );
        write("captured.http", &(head + body));
        fs::create_dir_all(folder.path().join("tmp")).unwrap();
        // `aws rds …` without an account: what is tried is that it runs.
        write("bin/aws", "#!/bin/sh\necho ran\n");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(folder.path().join("bin/aws"), mode).unwrap();
        Self { folder, guard, ec2: ec2() }
    }

    /// An example with the places of this stage instead of a machine's.
    fn placed(&self, example: &str) -> Vec<String> {
        let authority = self.guard.bundle().parent().unwrap().display().to_string();
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        // What an example makes must not be what another reads.
        let own = if example.contains("rotate") || example.starts_with("run") { path("ca") } else { authority };
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let places = [
            // First: the others' places lie below it.
            ("/tmp", path("tmp")),
            ("/var/lib/rds-guard", own),
            ("/var/log", path("log")),
            ("/run/rds-guard", path("run")),
            ("/etc/rds-guard", self.folder.path().display().to_string()),
            ("127.0.0.1:9911", self.guard.address("broker").to_string()),
            ("127.0.0.1:9901", self.guard.admin.to_string()),
            ("127.0.0.1:3128", free),
        ];
        let replaced = |word: &str| places.iter().fold(word.to_owned(), |word, (from, to)| word.replace(from, to));
        // A process of this user's own, whose environment can be read.
        let example = example.replace("--pid 1 ", &format!("--pid {} ", std::process::id()));
        example.split_whitespace().map(replaced).collect()
    }

    fn command(&self, example: &str) -> Command {
        let paths = [self.folder.path().join("bin"), PathBuf::from(std::env::var_os("PATH").unwrap())];
        let path = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(":");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
        command
            .args(self.placed(example))
            .current_dir(self.folder.path())
            .env_clear()
            .envs(ALONE)
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path().join("tmp"))
            .stdin(Stdio::null());
        if example.starts_with("sync") {
            let key = [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "of the examples")];
            command.envs(key).env("AWS_ENDPOINT_URL_EC2", format!("http://{}", self.ec2));
        }
        if example.starts_with("run") {
            // On free ports; and where records have a file, the ready line has standard output.
            let free = [("LISTEN", "127.0.0.1:0"), ("ADMIN", "127.0.0.1:0"), ("AUDIT__FILE", "audit.jsonl")];
            command.envs(free.map(|(name, value)| (format!("RDS_GUARD_{name}"), value)));
        }
        command
    }
}

/// Any certificate: nothing is forwarded here.
fn rcgen_root() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::new(vec!["example.com".to_owned()]).unwrap().self_signed(&key).unwrap().pem()
}

/// Every example of a command and of those below it.
fn examples(command: &clap::Command, found: &mut Vec<String>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    found.extend(help.lines().filter_map(|line| line.strip_prefix("  rds-guard ")).map(str::to_owned));
    command.get_subcommands().for_each(|command| examples(command, found));
}

/// Waits until a serving example serves, then ends it; gives its exit code.
fn served(mut command: Command, sign: &str) -> (Option<i32>, String) {
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let serves = lines.take_while(|line| !line.starts_with(sign)).count();
    let errors = child.stderr.take().unwrap();
    interrupt(&child);
    let mut told = String::new();
    BufReader::new(errors).read_to_string(&mut told).unwrap();
    (child.wait().unwrap().code(), format!("{serves} lines before `{sign}`\n{told}"))
}

#[test]
fn every_example_in_the_help_runs() {
    let stage = Stage::set();
    let mut all = Vec::new();
    examples(&Arguments::command(), &mut all);
    all.sort();
    all.dedup();
    assert!(all.len() >= 30, "{all:#?}");
    let mut wrong = Vec::new();
    for example in all {
        if let Some((_, program)) = example.split_once(" -- ")
            && let Some(tool) = program.split_whitespace().next().and_then(tools::named)
            && !tools::available_for(&format!("`rds-guard {example}`"), &[tool])
        {
            continue;
        }
        let serving = SERVING.iter().find(|(begin, _)| example.starts_with(begin) && !example.contains("--check"));
        let (code, told) = match serving {
            Some((_, sign)) => served(stage.command(&example), sign),
            None => {
                let output = stage.command(&example).output().unwrap();
                let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
                (output.status.code(), told)
            }
        };
        let expected = i32::from(SAYING_NO.iter().any(|begin| example.starts_with(begin)));
        let either = code == Some(1) && SAYING_WHAT_IS.iter().any(|begin| example.starts_with(begin));
        if code != Some(expected) && !either {
            wrong.push(format!("`rds-guard {example}` ends with {code:?}:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
