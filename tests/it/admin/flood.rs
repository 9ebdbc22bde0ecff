//! The small listeners with clients that send nothing, send slowly, send too much or read nothing.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::support::{
    plainly,
    stage::{ALLOW_READS, Stage},
};

/// A proxy with a broker; the token of its only workload is `TOKEN`.
const TOKEN: &str = "a-token-that-is-long-enough";

fn stage() -> (tempfile::TempDir, Stage) {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let arguments = [
        "RDS_GUARD_BROKER__LISTEN=127.0.0.1:0".to_owned(),
        format!("RDS_GUARD_BROKER__TOKEN_FILE={}", token.display()),
        "RDS_GUARD_METRICS=127.0.0.1:0".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let stage = Stage::set(ALLOW_READS, &arguments);
    (folder, stage)
}

fn listeners(stage: &Stage) -> [(SocketAddr, &'static str); 3] {
    let credentials = "GET /v1/credentials HTTP/1.1\r\nHost: x\r\nAuthorization: a-token-that-is-long-enough\r\n\r\n";
    [
        (stage.guard.admin, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"),
        (stage.guard.address("metrics"), "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"),
        (stage.guard.address("broker"), credentials),
    ]
}

/// Sends a request; returns the status line and the duration.
fn ask(address: SocketAddr, request: &str) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let answer = plainly::rest(stream);
    (answer.lines().next().unwrap_or_default().to_owned(), began.elapsed())
}

/// Maximum time for an answer on a busy machine. If it had to wait for the clients of these tests, it would never
/// arrive: they are silent, or read nothing, for the whole test, and reconnect.
const PATIENCE: Duration = Duration::from_secs(15);

#[test]
fn eighty_silent_sockets_that_come_again_delay_neither_health_nor_metrics_nor_keys() {
    let (_folder, stage) = stage();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for (address, _) in listeners(&stage) {
            // Silent, and reopened when they are closed.
            scope.spawn({
                let stop = &stop;
                move || {
                    let mut sockets: Vec<TcpStream> = (0..80).map(|_| TcpStream::connect(address).unwrap()).collect();
                    while !stop.load(Ordering::Relaxed) {
                        for socket in &mut sockets {
                            socket.set_nonblocking(true).unwrap();
                            let closed = !matches!(socket.read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
                            if closed && let Ok(again) = TcpStream::connect(address) {
                                *socket = again;
                            }
                        }
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            });
            // One byte per second of a head that never ends.
            scope.spawn({
                let stop = &stop;
                move || {
                    let mut sockets: Vec<TcpStream> = (0..80).map(|_| TcpStream::connect(address).unwrap()).collect();
                    while !stop.load(Ordering::Relaxed) {
                        for socket in &mut sockets {
                            if socket.write_all(b"G").is_err()
                                && let Ok(again) = TcpStream::connect(address)
                            {
                                *socket = again;
                            }
                        }
                        thread::sleep(Duration::from_millis(1000));
                    }
                }
            });
        }
        for _ in 0..10 {
            for (address, request) in listeners(&stage) {
                let (status, took) = ask(address, request);
                assert!(status.starts_with("HTTP/1.1 200 "), "{address} {request} {status}");
                assert!(took < PATIENCE, "{request} took {took:?}");
            }
            thread::sleep(Duration::from_millis(300));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_connection_without_a_whole_head_is_closed_after_two_seconds_and_one_that_is_answered_at_once() {
    let (_folder, stage) = stage();
    for (address, request) in listeners(&stage) {
        for begin in ["", "G", "GET /livez HTTP/1.1\r\nHost: x\r\nX: "] {
            let began = Instant::now();
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            stream.write_all(begin.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
            let took = began.elapsed();
            assert!((Duration::from_millis(1900)..Duration::from_secs(30)).contains(&took), "{begin:?} {took:?}");
        }
        // One that is answered is not kept for the two seconds, as one try of several shows on a busy machine.
        let tries: Vec<_> = (0..10).map(|_| ask(address, request)).collect();
        assert!(tries.iter().all(|(status, _)| status.starts_with("HTTP/1.1 200 ")), "{tries:?}");
        assert!(tries.iter().any(|(_, took)| *took < Duration::from_millis(1500)), "{tries:?}");
    }
}

#[test]
fn answers_that_are_never_read_cost_neither_health_nor_a_thread() {
    let (_folder, stage) = stage();
    let question = "GET /api/policies HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let unread: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(stage.guard.admin).unwrap();
            let _ = stream.write_all(question.as_bytes());
            stream
        })
        .collect();
    for (address, request) in listeners(&stage) {
        let (status, took) = ask(address, request);
        assert!(status.starts_with("HTTP/1.1 200 ") && took < PATIENCE, "{status} {took:?}");
    }
    drop(unread);
    let began = Instant::now();
    while !ask(stage.guard.admin, question).0.starts_with("HTTP/1.1 200 ") {
        assert!(began.elapsed() < Duration::from_secs(60), "the page is answered again");
    }
}

#[test]
fn costly_questions_delay_neither_a_policy_change_nor_health_nor_keys() {
    let statements: Vec<String> = (0..150)
        .map(|n| {
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":"rds:Delete*","Resource":"arn:aws:rds:*:*:*:a*b*{n}*"}}"#
            )
        })
        .collect();
    let policy = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}},{}]}}"#,
        statements.join(",")
    );
    let (_folder, stage) = stage();
    stage.guard.replace_policy(&policy);
    stage.guard.until_metric("rds_guard_policy_reloads_total{result=\"good\"}", |reloads| reloads == 1);
    let resource = format!("&resource=arn:aws:rds:us-east-1:123456789012:db:{}", "ab".repeat(60));
    let question = format!(
        "GET /api/check?action=rds:DeleteDBInstance{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        resource.repeat(100)
    );
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    ask(stage.guard.admin, &question);
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        for (address, request) in listeners(&stage) {
            let (status, took) = ask(address, request);
            assert!(status.starts_with("HTTP/1.1 200 ") && took < PATIENCE, "{status} {took:?}");
        }
        stage.guard.replace_policy(r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#);
        let began = Instant::now();
        stage.guard.until_metric("rds_guard_policy_reloads_total{result=\"good\"}", |reloads| reloads == 2);
        let took = began.elapsed();
        stop.store(true, Ordering::Relaxed);
        // On a thread that serves requests first, this would take minutes in a build without optimisations.
        assert!(took < Duration::from_secs(30), "the new policy came into force after {took:?}");
    });
}
