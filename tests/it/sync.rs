//! `sync` against an EC2 that none of us wrote.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

use crate::{
    cli::{Run, rds_guard},
    clients::venv,
    support::moto::Moto,
};

const MAKE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/moto_vpc_endpoint.py");
const RDS: &str = "com.amazonaws.us-east-1.rds";

/// A policy with everything that XML escapes.
const POLICY: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\": \"Own\", \"Effect\": \"Allow\", \
    \"Principal\": {\"AWS\": [\"123456789012\"]}, \"Action\": \"rds:Describe*\", \"Resource\": \"*\",\n     \"Condition\": \
    {\"StringLike\": {\"aws:UserAgent\": \"a<b>&'c'*\"}}},\n    {\"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \
    \"rds:DeleteDBInstance\", \"Resource\": \"*\"}\n  ]\n}";

/// An account with endpoints, and a folder to work in.
struct Stage {
    moto: Moto,
    folder: TempDir,
    python: std::path::PathBuf,
}

impl Stage {
    fn set() -> Option<Self> {
        let venv = venv::ready()?;
        let moto = Moto::start(&venv);
        Some(Self { moto, folder: tempfile::tempdir().unwrap(), python: venv.join("bin/python") })
    }

    fn endpoint(&self, service: &str) -> String {
        let made = Command::new(&self.python)
            .args([MAKE, &self.moto.url(), "us-east-1", service, POLICY])
            .envs([("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "of the tests")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8(made.stderr.clone()).unwrap());
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    fn sync(&self, id: &str, arguments: &[&str]) -> Run {
        let all = [&["sync", "--region", "us-east-1", "--vpc-endpoint-id", id], arguments].concat();
        let url = self.moto.url();
        let variables = [
            ("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "of the tests"),
            ("AWS_ENDPOINT_URL_EC2", url.as_str()),
        ];
        rds_guard(self.folder.path(), &all, &variables)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

#[test]
fn the_policy_of_the_endpoint_is_written_byte_for_byte_and_drift_is_told() {
    let Some(stage) = Stage::set() else { return };
    let id = stage.endpoint(RDS);
    let file = stage.path("policy.json");

    let missing = stage.sync(&id, &["--check", &file]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("name the policy's file"), "{}", missing.stderr);

    let shown = stage.sync(&id, &[]);
    assert_eq!((shown.code, shown.stdout.as_str()), (0, format!("{POLICY}\n").as_str()), "{}", shown.stderr);
    let written = stage.sync(&id, &["--policy", &file]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    assert!(written.stderr.contains(&format!("{file} is now the policy of {id}")), "{}", written.stderr);
    assert!(written.stderr.contains(&format!("--endpoint us-east-1={id}-")), "{}", written.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{POLICY}\n"));
    let again = stage.sync(&id, &["--policy", &file]);
    assert!(again.code == 0 && again.stderr.contains("is already the policy"), "{}", again.stderr);
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(stage.folder.path()).unwrap().count(), 1);

    let same = stage.sync(&id, &["--policy", &file, "--check"]);
    assert_eq!((same.code, same.stdout), (0, format!("{file} says what {id} says\n")), "{}", same.stderr);
    let changed = POLICY.replace("rds:DeleteDBInstance", "rds:Delete*");
    fs::write(&file, &changed).unwrap();
    let drifted = stage.sync(&id, &["--check", &file]);
    assert_eq!(drifted.code, 1, "{}", drifted.stderr);
    assert!(drifted.stdout.contains(&format!("only at {id}: statement 2\n")), "{}", drifted.stdout);
    assert!(drifted.stdout.contains(&format!("only in {file}: statement 2\n")), "{}", drifted.stdout);
    let report: serde_json::Value =
        serde_json::from_str(&stage.sync(&id, &["--check", &file, "--format", "json"]).stdout).unwrap();
    assert_eq!((&report["drifted"], &report["only_in_the_file"][0]["statement"]), (&true.into(), &2.into()));
    // A check writes nothing.
    assert_eq!(fs::read_to_string(&file).unwrap(), changed);

    fs::write(stage.path("rds-guard.toml"), "policy = \"policy.json\"\n").unwrap();
    let configured = stage.sync(&id, &["--check", "--config", &stage.path("rds-guard.toml")]);
    assert_eq!(configured.code, 1, "{}", configured.stderr);
    assert!(configured.stdout.contains("policy.json drifted from"), "{}", configured.stdout);
}

#[test]
fn what_cannot_be_synced_is_told_with_what_to_do() {
    let Some(stage) = Stage::set() else { return };
    let other = stage.endpoint("com.amazonaws.us-east-1.s3");
    let id = stage.endpoint(RDS);
    let blocked = stage.folder.path().join("blocked");
    fs::create_dir(&blocked).unwrap();
    for (run, code, told) in [
        (stage.sync(&other, &[]), 2, "is an endpoint of com.amazonaws.us-east-1.s3, not of the RDS API"),
        (stage.sync("vpce-00000000000000000", &[]), 3, "check the id, and that --region and the account"),
        (stage.sync("vpc-1", &[]), 2, "is no VPC endpoint's id"),
        (stage.sync(&id, &["--policy", "nowhere/policy.json"]), 3, "the folder must exist and be writable"),
        (stage.sync(&id, &["--policy", blocked.to_str().unwrap()]), 3, "cannot write"),
        (stage.sync(&id, &["--check"]), 2, "say --check FILE"),
    ] {
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.stderr);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let file = stage.path("no.json");
    fs::write(&file, "{").unwrap();
    let broken = stage.sync(&id, &["--check", &file]);
    assert!(broken.code == 2 && broken.stderr.contains("is no JSON"), "{}", broken.stderr);
}

#[test]
fn without_an_answer_or_credentials_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let sync = |variables: &[(&str, &str)]| {
        let id = "vpce-0123456789abcdef0";
        let arguments = ["sync", "--region", "us-east-1", "--vpc-endpoint-id", id, "--policy", "policy.json"];
        rds_guard(folder.path(), &arguments, variables)
    };
    let key = [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "of the tests")];
    let nobody = sync(&[key[0], key[1], ("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9")]);
    assert!(nobody.code == 3 && nobody.stderr.contains("check the way to EC2"), "{}", nobody.stderr);
    let half = sync(&[key[0]]);
    assert!(half.code == 3 && half.stderr.contains("AWS_SECRET_ACCESS_KEY is missing"), "{}", half.stderr);
    let plain = sync(&[key[0], key[1], ("AWS_ENDPOINT_URL_EC2", "http://ec2.example")]);
    assert!(plain.code == 3 && plain.stderr.contains("is not encrypted"), "{}", plain.stderr);
    assert!(!Path::new(&folder.path().join("policy.json")).exists());
}
