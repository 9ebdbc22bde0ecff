//! How it ends: exit codes, what is said where something is missing, and that nothing is left behind.

use std::{fs, io::Write as _, net::TcpListener, os::unix::fs::PermissionsExt as _, process::Stdio};

use super::{POLICY, Stage, exec, leftovers, run};
use crate::support::{
    guard::alone,
    tools::{self, USER_NAMESPACES, UTIL_LINUX},
};

#[test]
fn the_exit_code_is_the_command_s_own() {
    let folder = tempfile::tempdir().unwrap();
    for (script, code) in [("exit 0", 0), ("exit 1", 1), ("exit 42", 42), ("kill -9 $$", 137), ("kill -TERM $$", 143)] {
        let (ended, stdout, _) = run(exec(folder.path()).args(["--", "sh", "-c", script]));
        assert_eq!((ended, stdout.as_str()), (code, ""), "{script}");
    }
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn a_command_that_cannot_be_started_ends_with_127_or_126_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("plain.txt", "text", 0o644);
    write("orphan", "#!/no/such/interpreter\n", 0o755);
    write("noise", "\x7fELF, or so it says", 0o755);
    for (command, code, told, next) in [
        ("no-such-program", 127, "`no-such-program` is not found in any folder of PATH", "install it, or name it by"),
        ("./gone", 127, "`./gone` is not found", "check the path"),
        ("./orphan", 127, "`./orphan` cannot be started: the interpreter that it names is not found", "look at its"),
        ("./plain.txt", 126, "`./plain.txt` cannot be executed: Permission denied", "is it a program"),
        ("./noise", 126, "`./noise` cannot be executed: Exec format error", "is it a program"),
        ("/", 126, "`/` cannot be executed: Permission denied", "is it a program"),
    ] {
        fs::write(folder.path().join("policy.json"), POLICY).unwrap();
        let (ended, stdout, stderr) = run(exec(folder.path()).args(["--policy", "policy.json", "--", command]));
        assert_eq!((ended, stdout.as_str()), (code, ""), "{command}: {stderr}");
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{stderr}");
        assert!(lines[0].starts_with(&format!("rds-guard: {told}")), "{stderr}");
        assert!(lines[1].starts_with(&format!("rds-guard: next: {next}")), "{stderr}");
    }
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn what_keeps_the_proxy_from_starting_is_told_before_the_command_runs() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), POLICY).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, code, told, next) in [
        (vec!["--listen", &taken], 3, format!("cannot listen on {taken}"), "another process may have"),
        (vec!["--ca-dir", "/proc/nowhere"], 3, "cannot write `/proc/nowhere`".into(), ""),
        (vec!["--audit", "/proc/nowhere/a"], 3, "the audit file cannot be opened".into(), "check audit.file"),
        (vec!["--policy", "gone.json"], 2, "--policy: cannot read `gone.json`".into(), "correct the places named"),
        (
            vec!["--listen", "off", "--listen-direct", "127.0.0.1:0"],
            2,
            "`--listen off`: the command could not get in".into(),
            "leave it out, or name a port",
        ),
    ] {
        let mut command = exec(folder.path());
        if arguments.first() != Some(&"--policy") {
            command.args(["--policy", "policy.json"]);
        }
        let (ended, stdout, stderr) = run(command.args(arguments).args(["--", "touch", "ran"]));
        assert_eq!((ended, stdout.as_str()), (code, ""), "{stderr}");
        assert!(stderr.starts_with("rds-guard: ") && stderr.contains(&told), "{told}: {stderr}");
        assert!(stderr.contains(next), "{stderr}");
        assert!(stderr.lines().count() <= 2, "{stderr}");
    }
    assert!(!folder.path().join("ran").exists());
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn a_bundle_that_cannot_be_written_is_one_line_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), POLICY).unwrap();
    let mut command = exec(folder.path());
    command.env("TMPDIR", "/proc/nowhere").args(["--policy", "policy.json", "--", "true"]);
    let (code, _, stderr) = run(&mut command);
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!((code, lines.len()), (3, 2), "{stderr}");
    assert!(lines[0].starts_with("rds-guard: cannot make the folder of the bundle, `/proc/nowhere/"), "{stderr}");
    assert_eq!(lines[1], "rds-guard: next: set TMPDIR to a directory that can be written");
}

#[test]
fn standard_input_output_and_error_are_the_command_s() {
    let stage = Stage::set();
    let mut command = stage.exec(&["--", "sh", "-c", "cat; echo told >&2"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let mut stdin = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.stdout == bytes, "the bytes differ");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "told\n");
}

#[test]
fn a_reader_sees_the_end_of_the_output_when_the_command_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = "exec >&-; read line";
    let mut command = exec(folder.path());
    command.args(["--", "sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // Would wait for ever if the output stayed open here: the command ends only once its input does.
    let read = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    drop(child.stdin.take());
    assert_eq!((read.as_str(), child.wait().unwrap().code()), ("", Some(1)));
}

#[test]
fn a_command_is_not_limited_by_what_the_proxy_took_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let script = "ulimit -n 100; ulimit -c 0; exec \"$@\"";
    let guard = env!("CARGO_BIN_EXE_rds-guard");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, "sh", guard, "exec", "--", "sh", "-c", "ulimit -n; grep SigIgn /proc/self/status"]);
    let (code, stdout, stderr) = run(alone(&mut command).current_dir(folder.path()));
    assert_eq!(code, 0, "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines[0], "100");
    // SIGPIPE, which the program itself ignores, ends the command as ever.
    let ignored = u64::from_str_radix(lines[1].split_whitespace().last().unwrap(), 16).unwrap();
    assert_eq!(ignored & (1 << 12), 0, "{stdout}");
}

#[test]
fn as_process_1_it_takes_the_end_of_orphans() {
    let folder = tempfile::tempdir().unwrap();
    let unshare = |arguments: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]).args(arguments);
        alone(&mut command).current_dir(folder.path()).output()
    };
    if !tools::available(&[&UTIL_LINUX, &USER_NAMESPACES]) {
        return;
    }
    let script = "pid=$(sh -c 'true & echo $!'); while [ -e /proc/$pid ]; do :; done; echo gone";
    let output =
        unshare(&[env!("CARGO_BIN_EXE_rds-guard"), "exec", "--", "timeout", "20", "sh", "-c", script]).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "gone\n");
}

#[test]
fn a_grandchild_that_stays_behind_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let script = "tail -f /dev/null >/dev/null 2>&1 </dev/null & echo $!";
    let (code, stdout, _) = run(exec(folder.path()).args(["--", "sh", "-c", script]));
    assert_eq!(code, 0);
    let pid = rustix::process::Pid::from_raw(stdout.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it lives on");
    assert_eq!(leftovers(folder.path()), 0);
}
