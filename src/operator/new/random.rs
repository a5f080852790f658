//! Ids and secrets from the system's random number generator.

/// The letters of an id.
const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Letters of an id: 62 bits.
const ID_LETTERS: usize = 12;

/// The system's generator, which has been tried.
pub(super) struct Random(());

impl Random {
    /// # Errors
    /// The system has no generator.
    pub(super) fn of_system() -> Result<Self, String> {
        let random = Self(());
        random.fill(&mut [0; 1]).map(|()| random)
    }

    /// A new id that `is_taken` does not know.
    pub(super) fn new_id(&self, is_taken: impl Fn(&str) -> bool) -> Result<String, String> {
        loop {
            let id = self.id()?;
            if !is_taken(&id) {
                return Ok(id);
            }
        }
    }

    /// 256 bits in hex.
    pub(super) fn secret(&self) -> Result<String, String> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        Ok(base16ct::lower::encode_string(&bytes))
    }

    fn id(&self) -> Result<String, String> {
        let mut id = String::new();
        while id.len() < ID_LETTERS {
            let mut byte = [0; 1];
            self.fill(&mut byte)?;
            let [byte] = byte;
            // 252 is the largest multiple of 36: what lies above would favour the first letters.
            if let Some(letter) = ALPHABET.get(usize::from(byte % 36)).filter(|_| byte < 252) {
                id.push(char::from(*letter));
            }
        }
        Ok(id)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        getrandom::fill(bytes).map_err(|error| format!("the system gives no random numbers: {error}"))
    }
}
