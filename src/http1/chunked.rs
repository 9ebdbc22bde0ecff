//! Finds the end of a chunked body (RFC 9112, 7.1). The bytes are passed on unchanged.

/// The bytes are not a chunked body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunked body is malformed")]
pub struct ChunkError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In the hexadecimal size, with the number of digits read so far.
    Size(u8),
    /// In an extension, which is skipped.
    Extension,
    /// After the CR that ends the size line.
    SizeLineFeed,
    /// In the chunk's bytes.
    Data,
    /// After the chunk's bytes.
    DataCarriageReturn,
    DataLineFeed,
    /// At the start of a trailer line.
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    /// After the CR of the blank line.
    LastLineFeed,
    Done,
}

/// Follows a chunked body to its end.
#[derive(Clone, Debug)]
pub struct ChunkScanner {
    state: State,
    left: u64,
    last: bool,
    /// Bytes of size lines and trailers since the last chunk's data. Bounded, because they are skipped, not read.
    overhead: usize,
}

impl Default for ChunkScanner {
    fn default() -> Self {
        Self { state: State::Size(0), left: 0, last: false, overhead: 0 }
    }
}

impl ChunkScanner {
    /// Maximum number of bytes in size lines, extensions and trailers between the data of two chunks.
    pub const MAX_OVERHEAD: usize = 16 * 1024;

    /// Scans more bytes of the body and returns how many of them belong to it. A number smaller than the input's
    /// length means that the body ended there.
    ///
    /// # Errors
    /// [`ChunkError`] if the bytes are not a chunked body.
    pub fn scan(&mut self, bytes: &[u8]) -> Result<usize, ChunkError> {
        let mut at = 0;
        while self.state != State::Done {
            let Some(byte) = bytes.get(at).copied() else { break };
            if self.state == State::Data {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                at += here;
                self.left -= here as u64;
                self.overhead = 0;
                if self.left == 0 {
                    self.state = State::DataCarriageReturn;
                }
                continue;
            }
            self.step(byte)?;
            self.overhead += 1;
            if self.overhead > Self::MAX_OVERHEAD {
                return Err(ChunkError);
            }
            at += 1;
        }
        Ok(at)
    }

    /// Whether the last byte of the body has been seen.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    fn step(&mut self, byte: u8) -> Result<(), ChunkError> {
        self.state = match (self.state, byte) {
            (State::Size(digits), _) if byte.is_ascii_hexdigit() => {
                let digit = char::from(byte).to_digit(16).map(u64::from).ok_or(ChunkError)?;
                self.left = self.left << 4 | digit;
                if digits >= 15 { return Err(ChunkError) } else { State::Size(digits + 1) }
            }
            (State::Size(1..), b'\r') | (State::Extension, b'\r') => State::SizeLineFeed,
            (State::Size(1..), b';' | b' ' | b'\t') => State::Extension,
            (State::Extension, _) if byte != b'\n' => State::Extension,
            (State::SizeLineFeed, b'\n') => {
                self.last = self.left == 0;
                if self.last { State::TrailerStart } else { State::Data }
            }
            (State::DataCarriageReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => State::Size(0),
            (State::TrailerStart, b'\r') => State::LastLineFeed,
            (State::TrailerStart | State::Trailer, _) if byte != b'\n' && byte != b'\r' => State::Trailer,
            (State::Trailer, b'\r') => State::TrailerLineFeed,
            (State::TrailerLineFeed, b'\n') => State::TrailerStart,
            (State::LastLineFeed, b'\n') => State::Done,
            _ => return Err(ChunkError),
        };
        Ok(())
    }
}
