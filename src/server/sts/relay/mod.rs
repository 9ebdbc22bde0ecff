//! Relays one connection to STS: requests and answers unchanged, within the limits that apply to all connections.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

use crate::{
    accept::tunnel::{Traffic, copy_both},
    aws::StsHost,
    error::Error,
    fault::{self, Fault},
    http1::{BodyLength, ChunkScanner, Request, ResponseHead},
    identify::{Directory, LONGEST_ANSWER, Observation, Question, Term},
    intercept::{Offer, RequestReader},
    quota::Quota,
    server::Drain,
};

/// The maximum size of the head of an answer.
const LONGEST_HEAD: usize = 64 * 1024;

/// The read buffer size for an answer.
const READ: usize = 16 * 1024;

/// Maximum time that a write to either side may stall.
const STALL: Duration = Duration::from_secs(60);

/// What a relay uses, and where it reports what it learns.
pub(super) struct Relay<'w> {
    pub(super) host: &'w StsHost,
    pub(super) workload: Option<&'w str>,
    pub(super) directory: &'w Directory,
    pub(super) drain: &'w Arc<Drain>,
    pub(super) in_flight: &'w Arc<Quota>,
    /// The request id in a refusal.
    pub(super) request_id: String,
    /// How long a connection may be silent, and how long an answer may take to begin.
    pub(super) silence: Duration,
}

/// How a connection continues after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// It may carry another request.
    Keep,
    /// It is closed.
    Close,
    /// What follows is not understood: bytes are passed on as they arrive.
    Copy,
}

impl Relay<'_> {
    /// Relays requests and answers, one after the other, until either side closes.
    pub(super) async fn run<C, U>(
        &self,
        client: &mut C,
        upstream: &mut U,
        mut reader: RequestReader,
        traffic: &mut Traffic,
    ) -> io::Result<()>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        U: AsyncRead + AsyncWrite + Unpin,
    {
        let mut answers = BytesMut::new();
        loop {
            let begun = tokio::select! {
                biased;
                // STS closes the connection, or sends something unsolicited.
                read = upstream.read_buf(&mut answers) => { read?; false }
                begun = reader.begin(client) => begun,
            };
            if !begun {
                break;
            }
            let under_way = self.drain.begin_request();
            let after = match reader.offer(client).await {
                Ok(Offer::Request(request, permit)) => {
                    let after = self.exchange(client, upstream, &mut answers, &request, traffic).await?;
                    drop(permit);
                    after
                }
                Ok(Offer::Unread(bytes)) => {
                    traffic.bytes_in += bytes.len() as u64;
                    send(upstream, &bytes).await?;
                    After::Copy
                }
                Err(error) => {
                    self.refuse(client, &error.into()).await?;
                    After::Close
                }
            };
            drop(under_way);
            match after {
                After::Keep if !self.drain.is_draining() => {}
                After::Keep | After::Close => break,
                After::Copy => return copy_both(client, upstream, traffic, self.silence).await,
            }
        }
        let end = async { tokio::join!(client.shutdown(), upstream.shutdown()) };
        let _ = timeout(Duration::from_secs(1), end).await;
        Ok(())
    }

    /// Relays one request and its answer.
    async fn exchange<C, U>(
        &self,
        client: &mut C,
        upstream: &mut U,
        answers: &mut BytesMut,
        request: &Request,
        traffic: &mut Traffic,
    ) -> io::Result<After>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        U: AsyncRead + AsyncWrite + Unpin,
    {
        let Some(place) = self.in_flight.try_take(self.workload, 1) else {
            let limit = usize::try_from(self.in_flight.total()).unwrap_or(usize::MAX);
            self.refuse(client, &Error::Overload { limit }).await?;
            return Ok(After::Close);
        };
        // Bytes that arrive before the request is sent cannot be its answer.
        if !answers.is_empty() || has_spoken(upstream, answers).await? {
            return Ok(After::Close);
        }
        let question = Question::read(request, self.host);
        let asked = Instant::now();
        send(upstream, request.head_bytes()).await?;
        send(upstream, request.body()).await?;
        traffic.bytes_in += (request.head_bytes().len() + request.body().len()) as u64;
        let Some(head_bytes) = self.head(upstream, answers).await? else { return Err(io::ErrorKind::TimedOut.into()) };
        let Some(head) = ResponseHead::parse(head_bytes.clone()) else {
            // An answer that is not understood here; the client may understand it.
            traffic.bytes_out += (head_bytes.len() + answers.len()) as u64;
            send(client, &head_bytes).await?;
            send(client, &answers.split()).await?;
            return Ok(After::Copy);
        };
        if let Some((question, length)) = question.and_then(|question| Some((question, readable(&head)?))) {
            let body = self.body(upstream, answers, length).await?;
            self.learn(question, &head, &body, asked.elapsed());
            drop(place);
            traffic.bytes_out += (head_bytes.len() + body.len()) as u64;
            send(client, &head_bytes).await?;
            send(client, &body).await?;
        } else {
            drop(place);
            traffic.bytes_out += head_bytes.len() as u64;
            send(client, &head_bytes).await?;
            self.pass_body(client, upstream, answers, &head, traffic).await?;
        }
        let is_interim = head.status() < 200;
        let keep = request.head().keep_alive() && head.keep_alive() && !is_interim && answers.is_empty();
        // No interim answer was requested, and what follows it is the answer.
        Ok(if is_interim {
            After::Copy
        } else if keep {
            After::Keep
        } else {
            After::Close
        })
    }

    /// The head of an answer, including the blank line; `None` if it is too long.
    async fn head<U: AsyncRead + Unpin>(&self, upstream: &mut U, answers: &mut BytesMut) -> io::Result<Option<Bytes>> {
        let mut scanned: usize = 0;
        loop {
            let from = scanned.saturating_sub(3);
            if let Some(at) = memchr::memmem::find(answers.get(from..).unwrap_or_default(), b"\r\n\r\n") {
                return Ok(Some(answers.split_to(from + at + 4).freeze()));
            }
            scanned = answers.len();
            if scanned > LONGEST_HEAD {
                return Ok(None);
            }
            self.more(upstream, answers).await?;
        }
    }

    /// Reads the whole body of an answer.
    async fn body<U: AsyncRead + Unpin>(
        &self,
        upstream: &mut U,
        answers: &mut BytesMut,
        length: usize,
    ) -> io::Result<Bytes> {
        while answers.len() < length {
            self.more(upstream, answers).await?;
        }
        Ok(answers.split_to(length).freeze())
    }

    /// Passes a body on as it arrives.
    async fn pass_body<C, U>(
        &self,
        client: &mut C,
        upstream: &mut U,
        answers: &mut BytesMut,
        head: &ResponseHead,
        traffic: &mut Traffic,
    ) -> io::Result<()>
    where
        C: AsyncWrite + Unpin,
        U: AsyncRead + Unpin,
    {
        let mut chunks = ChunkScanner::default();
        let mut left = match head.body() {
            BodyLength::Exactly(length) => length,
            BodyLength::Chunked | BodyLength::UntilClose => u64::MAX,
        };
        while left > 0 {
            if answers.is_empty() {
                match self.more(upstream, answers).await {
                    Ok(()) => {}
                    Err(error)
                        if error.kind() == io::ErrorKind::UnexpectedEof && head.body() == BodyLength::UntilClose =>
                    {
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                }
            }
            let ours = match head.body() {
                BodyLength::Chunked => chunks.scan(answers).map_err(io::Error::other)?,
                BodyLength::Exactly(_) => usize::try_from(left).unwrap_or(usize::MAX).min(answers.len()),
                BodyLength::UntilClose => answers.len(),
            };
            send(client, &answers.split_to(ours)).await?;
            traffic.bytes_out += ours as u64;
            match head.body() {
                BodyLength::Exactly(_) => left -= ours as u64,
                BodyLength::Chunked if chunks.is_done() => return Ok(()),
                BodyLength::Chunked | BodyLength::UntilClose => {}
            }
        }
        Ok(())
    }

    async fn more<U: AsyncRead + Unpin>(&self, upstream: &mut U, answers: &mut BytesMut) -> io::Result<()> {
        answers.reserve(READ);
        match timeout(self.silence, upstream.read_buf(answers)).await {
            Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Reports to a client that its request is too slow or one too many. The error document of STS has the form of
    /// RDS's.
    async fn refuse<C: AsyncWrite + Unpin>(&self, client: &mut C, error: &Error) -> io::Result<()> {
        let bytes = fault::render(&Fault::from(error), &self.request_id, OffsetDateTime::now_utc(), true);
        send(client, &bytes).await
    }

    fn learn(&self, question: Question, head: &ResponseHead, body: &Bytes, took: Duration) {
        let date = head.value("date").and_then(|date| std::str::from_utf8(date).ok());
        let term = Term::of_answer(date, took);
        let seen: Option<Observation> = std::str::from_utf8(body).ok().and_then(|text| question.answered(text, term));
        if let Some(seen) = seen {
            tracing::debug!(access_key_id = %seen.access_key_id, principal = ?seen.principal, "STS gives a key");
            self.directory.observe(seen, self.workload, OffsetDateTime::now_utc());
        }
    }
}

/// The length of an answer that may contain credentials: successful, with a declared length, without a coding.
fn readable(head: &ResponseHead) -> Option<usize> {
    let BodyLength::Exactly(length) = head.body() else { return None };
    let plain = head.status() == 200 && head.value("content-encoding").is_none();
    let length = usize::try_from(length).ok()?;
    (plain && length <= LONGEST_ANSWER).then_some(length)
}

/// Returns whether the service has sent something, or closed the connection, without waiting for it.
async fn has_spoken<U: AsyncRead + Unpin>(upstream: &mut U, answers: &mut BytesMut) -> io::Result<bool> {
    tokio::select! {
        biased;
        read = upstream.read_buf(answers) => read.map(|_| true),
        () = std::future::ready(()) => Ok(false),
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> io::Result<()> {
    let sent = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(STALL, sent).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests;
