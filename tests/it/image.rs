//! The image and the script that builds it say the same, and the script refuses what would not stand alone.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::{
    cli::rds_guard,
    support::tools::{self, BASH, PYTHON},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// The instructions of a Dockerfile that begin with a word, without it.
fn instructions<'a>(dockerfile: &'a str, word: &str) -> Vec<&'a str> {
    dockerfile.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(' ')).collect()
}

fn script(arguments: &[&str]) -> Output {
    Command::new(Path::new(ROOT).join("scripts/build-static")).args(arguments).output().unwrap()
}

#[test]
fn the_image_is_what_the_script_makes_and_nothing_else() {
    let dockerfile = read("Dockerfile");
    let (build, rest) = dockerfile.split_once("\nFROM build AS listed\n").unwrap();
    let (_, image) = rest.split_once("\nFROM scratch\n").unwrap();
    let steps = instructions(build, "RUN");
    assert!(steps[0].starts_with("apt-get ") && steps[1..] == ["scripts/build-static /image"], "{steps:?}");
    assert_eq!(instructions(build, "COPY"), [". ."]);
    assert_eq!(instructions(image, "COPY"), ["--from=build /image /"]);
    assert_eq!(instructions(image, "RUN"), Vec::<&str>::new());
}

#[test]
fn benchmarks_are_optimised_as_the_image_is() {
    assert!(read("scripts/build-static").contains("cargo build --profile dist "));
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let profile = |name: &str| manifest["profile"][name].as_table().unwrap().clone();
    let (mut dist, bench) = (profile("dist"), profile("bench"));
    assert_eq!(dist.remove("inherits").unwrap().as_str(), Some("release"));
    // Symbols cost no time.
    dist.remove("strip");
    assert_eq!(dist, bench);
}

#[test]
fn the_bill_of_materials_is_of_the_binary_in_the_image() {
    if !tools::available(&[&PYTHON]) {
        return;
    }
    let dockerfile = read("Dockerfile");
    let (_, listed) = dockerfile.split_once("\nFROM build AS listed\n").unwrap();
    let (listed, image) = listed.split_once("\nFROM scratch AS sbom\n").unwrap();
    let made = instructions(listed, "RUN").concat();
    assert!(made.contains("scripts/sbom /sbom/sbom.cdx.json") && made.ends_with("/image/rds-guard"), "{made}");
    assert!(image.starts_with("COPY --from=listed /sbom /\n"), "{image}");
    let usage = Command::new(Path::new(ROOT).join("scripts/sbom")).output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
    assert_eq!(String::from_utf8(usage.stderr).unwrap(), "scripts/sbom OUT.json [TARGET] [BINARY]\n");
}

#[test]
fn the_image_s_user_owns_the_folder_that_the_script_lays_out() {
    let (dockerfile, script) = (read("Dockerfile"), read("scripts/build-static"));
    assert_eq!(instructions(&dockerfile, "USER"), ["65532:65532"]);
    assert!(script.contains("-m 0700 -o 65532 -g 65532 \"$out/var/lib/rds-guard\""));
    assert!(script.contains("-m 0755 -o 65532 -g 65532 \"$out/run/rds-guard\""));
    assert_eq!(instructions(&dockerfile, "VOLUME"), [r#"["/var/lib/rds-guard", "/run/rds-guard"]"#]);
    assert_eq!(instructions(&dockerfile, "ENTRYPOINT"), [r#"["/rds-guard"]"#]);
    assert!(script.contains("install -m 0755 \"$binary\" \"$out/rds-guard\""));
}

#[test]
fn what_the_image_runs_and_asks_are_commands_that_there_are() {
    let dockerfile = read("Dockerfile");
    let words = |text: &str| -> Vec<String> { serde_json::from_str(text).unwrap() };
    let folder = tempfile::tempdir().unwrap();
    let health = instructions(&dockerfile, "HEALTHCHECK");
    let asked = words(health[0].split_once(" CMD ").unwrap().1);
    assert_eq!(asked, ["/rds-guard", "health"]);
    let started = words(instructions(&dockerfile, "CMD")[0]);
    let check = started.iter().map(String::as_str).chain(["--check"]).collect::<Vec<_>>();
    let run = rds_guard(folder.path(), &check, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("ca.dir = \"/var/lib/rds-guard\""), "{}", run.stdout);
}

#[test]
fn the_toolchain_of_the_image_is_the_project_s() {
    let from = instructions(&read("Dockerfile"), "FROM").first().map(ToString::to_string).unwrap();
    let toolchain = read("rust-toolchain.toml");
    let version = from.strip_prefix("rust:").unwrap().split('-').next().unwrap();
    assert!(toolchain.contains(&format!("channel = \"{version}.")), "{from}: {toolchain}");
}

#[test]
fn everything_that_the_build_reads_is_let_into_it() {
    let ignore = read(".dockerignore");
    let let_in: BTreeSet<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for name in [".cargo", "Cargo.lock", "Cargo.toml", "README.md", "config", "rust-toolchain.toml", "src"] {
        assert!(let_in.contains(name) && Path::new(ROOT).join(name).exists(), "{name}");
    }
    assert!(let_in.contains("scripts/build-static") && let_in.contains("scripts/sbom"));
    // Cargo wants every declared target to be there, also those that are not built.
    let manifest = read("Cargo.toml");
    for path in manifest.lines().filter_map(|line| line.strip_prefix("path = ")) {
        let path = path.trim_matches('"');
        assert!(path.starts_with("src/") || let_in.contains(path), "{path}");
    }
    assert!(let_in.contains("benches/*.rs"));
}

#[test]
fn the_script_refuses_what_would_not_stand_alone() {
    if !tools::available(&[&BASH]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("image").display().to_string();
    let there = folder.path().display().to_string();
    for (arguments, code, told) in [
        (vec![], 2, "scripts/build-static OUT [TARGET]"),
        (vec![there.as_str()], 3, "exists: name a folder that does not"),
        (vec![out.as_str(), "x86_64-unknown-linux-gnu"], 3, "does not make a binary that stands alone"),
    ] {
        let output = script(&arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
    assert!(!Path::new(&out).exists());
}
