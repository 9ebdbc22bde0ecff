//! Identifies the workload that a connection comes from: by its listener, the owner of its socket, and its token.

use std::{net::SocketAddr, sync::Arc};

use crate::{accept::owner_of, aws::base64, broker::TokenFile};

/// How a workload is recognised.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: Arc<str>,
    /// The user its processes run as.
    pub uid: Option<u32>,
    /// The token that it sends as `Proxy-Authorization`.
    pub token: Option<TokenFile>,
}

/// All workloads.
#[derive(Debug, Default)]
pub(super) struct Callers(Vec<Known>);

/// The client of a connection, as far as the socket and the token identify it.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) source: SocketAddr,
    pub(super) workload: Option<Arc<str>>,
    /// Set if it is not the expected workload.
    stranger: Option<Stranger>,
}

impl Client {
    /// Why it is not the expected workload, as a message for the client.
    pub(super) fn stranger(&self) -> Option<&'static str> {
        self.stranger.map(Stranger::why)
    }

    /// Whether it must present a token and has not: if it is challenged, it may present one.
    pub(super) fn owes_token(&self) -> bool {
        self.stranger == Some(Stranger::NoToken)
    }

    /// Whether it is not the expected workload.
    pub(super) fn is_stranger(&self) -> bool {
        self.stranger.is_some()
    }

    fn is(&mut self, caller: Caller) {
        match caller {
            Ok(workload) => self.workload = workload,
            Err(stranger) => self.stranger = Some(stranger),
        }
    }
}

/// The workload of a connection, if any, or why it is rejected.
type Caller = Result<Option<Arc<str>>, Stranger>;

/// Why a connection is not accepted as the expected workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stranger {
    /// The socket belongs to another user, or the kernel does not report its owner.
    Owner,
    /// There is no token.
    NoToken,
    /// The token is wrong.
    Token,
}

impl Stranger {
    /// The message for the client.
    const fn why(self) -> &'static str {
        match self {
            Self::Owner => "its socket belongs to another user, or to none that is known",
            Self::NoToken | Self::Token => {
                "its proxy credentials are missing or wrong: HTTPS_PROXY has to be http://NAME:TOKEN@ADDRESS"
            }
        }
    }
}

impl Callers {
    pub(super) fn new(known: Vec<Known>) -> Self {
        Self(known)
    }

    /// Whether a client may have to present a token before it is identified.
    pub(super) fn have_tokens(&self) -> bool {
        self.0.iter().any(|known| known.token.is_some())
    }

    /// Whether the clients of one listener may belong to several workloads, identified by their users.
    pub(super) fn have_users(&self) -> bool {
        self.0.iter().any(|known| known.uid.is_some())
    }

    /// Identifies the client of a connection from `source`, accepted by the listener of `door`, whose original
    /// destination is `meant`.
    pub(super) fn client(&self, source: SocketAddr, door: Option<&Arc<str>>, meant: Option<SocketAddr>) -> Client {
        let mut client = Client { source, workload: None, stranger: None };
        client.is(self.by_socket(door, meant.map(|meant| (source, meant))));
        client
    }

    /// Checks the token that a client of the proxy listener has sent, if any.
    pub(super) fn look_at_token(&self, client: &mut Client, shown: Option<&[u8]>) {
        if client.stranger.is_none() {
            let caller = self.by_token(client.workload.take(), shown);
            client.is(caller);
        }
    }

    /// The workload according to the listener and the kernel's owner of the socket. A workload's own listener
    /// accepts no other client; a client of a common listener is identified by the owner of the socket, and may be
    /// of no workload.
    fn by_socket(&self, door: Option<&Arc<str>>, ends: Option<(SocketAddr, SocketAddr)>) -> Caller {
        let owner = || ends.and_then(|(client, server)| owner_of(client, server)).ok_or(Stranger::Owner);
        match door {
            Some(name) => match self.named(name).and_then(|known| known.uid) {
                Some(uid) if owner()? != uid => Err(Stranger::Owner),
                Some(_) | None => Ok(Some(Arc::clone(name))),
            },
            None if self.0.iter().any(|known| known.uid.is_some()) => {
                let owner = owner()?;
                Ok(self.0.iter().find(|known| known.uid == Some(owner)).map(|known| Arc::clone(&known.name)))
            }
            None => Ok(None),
        }
    }

    /// The same caller, after the token in a CONNECT has been checked. A workload with a token must present it, and
    /// a token is accepted from its own workload only.
    fn by_token(&self, caller: Option<Arc<str>>, shown: Option<&[u8]>) -> Caller {
        if self.0.iter().all(|known| known.token.is_none()) {
            return Ok(caller);
        }
        let shown = shown.map(|header| credentials(header).ok_or(Stranger::Token)).transpose()?;
        match (caller, shown) {
            (None, None) => Ok(None),
            (Some(name), None) => match self.named(&name).and_then(|known| known.token.as_ref()) {
                Some(_) => Err(Stranger::NoToken),
                None => Ok(Some(name)),
            },
            (caller, Some((user, token))) => {
                let known = self.named(&user).ok_or(Stranger::Token)?;
                let is_theirs = known.token.as_ref().is_some_and(|file| file.is(&token));
                // On a common listener, a workload with a uid is already identified by it; otherwise the client is
                // not that workload.
                let fits = match &caller {
                    Some(name) => *name == known.name,
                    None => known.uid.is_none(),
                };
                if is_theirs && fits { Ok(Some(Arc::clone(&known.name))) } else { Err(Stranger::Token) }
            }
        }
    }

    fn named(&self, name: &str) -> Option<&Known> {
        self.0.iter().find(|known| *known.name == *name)
    }
}

/// The user and password of `Basic` credentials (RFC 7617).
fn credentials(header: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = std::str::from_utf8(header).ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::decode(encoded.trim())?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let (user, password) = decoded.split_at_checked(colon)?;
    Some((String::from_utf8(user.to_vec()).ok()?, password.strip_prefix(b":")?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, uid: Option<u32>, token: Option<&TokenFile>) -> Known {
        Known { name: name.into(), uid, token: token.cloned() }
    }

    fn own() -> u32 {
        rustix::process::getuid().as_raw()
    }

    /// A connection of this process to itself.
    fn ends() -> (std::net::TcpStream, std::net::TcpStream, (SocketAddr, SocketAddr)) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, peer) = listener.accept().unwrap();
        let ends = (peer, server.local_addr().unwrap());
        (client, server, ends)
    }

    #[test]
    fn a_listener_of_a_workload_is_for_its_user_alone() {
        let (_client, _server, ends) = ends();
        let callers = Callers::new(vec![known("mine", Some(own()), None), known("theirs", Some(own() + 1), None)]);
        let at = |door: &str| callers.by_socket(Some(&door.into()), Some(ends));
        assert_eq!(at("mine"), Ok(Some("mine".into())));
        assert_eq!(at("theirs"), Err(Stranger::Owner));
        assert_eq!(callers.by_socket(Some(&"mine".into()), None), Err(Stranger::Owner), "not known");
        assert_eq!(callers.by_socket(None, Some(ends)), Ok(Some("mine".into())), "known at the common listener too");
    }

    #[test]
    fn a_token_is_shown_by_its_owner_and_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            TokenFile::new(path)
        };
        let (a, b) = (file("a", "a-token-of-length\n"), file("b", "b-token-of-length"));
        let callers =
            Callers::new(vec![known("a", None, Some(&a)), known("b", None, Some(&b)), known("c", None, None)]);
        // a:a-token-of-length, b:a-token-of-length
        let (own, wrong) = (b"Basic YTphLXRva2VuLW9mLWxlbmd0aA==", b"basic YjphLXRva2VuLW9mLWxlbmd0aA==");
        let shown = |caller: Option<&str>, header: Option<&[u8]>| callers.by_token(caller.map(Into::into), header);
        assert_eq!(shown(None, Some(own)), Ok(Some("a".into())));
        assert_eq!(shown(Some("a"), Some(own)), Ok(Some("a".into())));
        assert_eq!(shown(Some("c"), None), Ok(Some("c".into())));
        assert_eq!(shown(None, None), Ok(None));
        for (caller, header) in [
            (None, Some(wrong.as_slice())),
            (Some("b"), Some(own.as_slice())),
            (Some("c"), Some(own.as_slice())),
            (None, Some(b"Bearer x".as_slice())),
            (None, Some(b"Basic ????".as_slice())),
        ] {
            assert_eq!(shown(caller, header), Err(Stranger::Token), "{caller:?}");
        }
        assert_eq!(shown(Some("a"), None), Err(Stranger::NoToken), "a client that shows none is asked for one");
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert_eq!(shown(None, Some(own)), Err(Stranger::Token), "a file that is half written admits nobody");
    }
}
