//! The one verifier, which executes a [`Description`].

use super::description::{Algorithm, Description, Encoding, Hash, Id, KeyFormat, TimestampAt, Unit};
use super::headers::{is_token, says};
use super::keys::Keys;
use super::signature::{Place, Presented};
use super::signer::{public, shared};
use super::template::{Content, Piece, Template};
use super::{HeaderName, Proof, der, description, timestamp};
use crate::hash::{Framed, hash_by};
use crate::host::{Body, Host, Request};
use crate::project;
use crate::receive::Media;
use crate::secret::Secret;

/// A description with its keys.
#[derive(Debug)]
pub(crate) struct Verifier {
    keys: Keys,
    place: Place,
    encoding: Encoding,
    content: Template,
    /// The URL as the sender knows it, where it signs that.
    url: String,
    timestamp: Option<Clock>,
    id: Option<HeaderName>,
    /// What headers must say.
    says: Vec<(HeaderName, String)>,
    /// Whether bodies are forms.
    form: bool,
    /// GitHub sends an old and a new signature; who presents both must be right about the new one, too.
    stronger: Option<Box<Self>>,
}

/// When a request was signed, and how long ago that may be.
#[derive(Debug)]
struct Clock {
    at: ClockAt,
    unit: Unit,
    tolerance: u32,
}

#[derive(Debug)]
enum ClockAt {
    Header(HeaderName),
    Label,
    Body(String),
}

/// All that a request says of its signature, in the right grammar.
struct Claims {
    presented: Presented,
    timestamp: String,
    id: String,
}

impl Verifier {
    /// # Errors
    /// The index of the first secret that is no key of this description, and what it must be.
    pub(crate) fn new(
        description: &Description<'_>,
        url: &str,
        secrets: &[Secret],
    ) -> Result<Self, (usize, &'static str)> {
        let keys = Keys::new(description.algorithm, description.key, secrets)?;
        Self::of_keys(description, url, keys, secrets).ok_or((0, "has no such scheme"))
    }

    /// `None` if the description has a name that is no header name, or a template that is none.
    fn of_keys(description: &Description<'_>, url: &str, keys: Keys, secrets: &[Secret]) -> Option<Self> {
        let mut label = None;
        let timestamp = match description.timestamp {
            None => None,
            Some(timestamp) => {
                let at = match timestamp.at {
                    TimestampAt::Header(name) => ClockAt::Header(HeaderName::new(name)?),
                    TimestampAt::Body(place) => ClockAt::Body(place.into()),
                    TimestampAt::Label(text) => {
                        label = Some(text);
                        ClockAt::Label
                    }
                };
                Some(Clock { at, unit: timestamp.unit, tolerance: timestamp.tolerance })
            }
        };
        let place = Place::new(description.place, label)?;
        let stronger = match place.header().filter(|name| name.as_str() == "x-hub-signature") {
            Some(_) => Some(Box::new(Self::new(&STRONGER, "", secrets).ok()?)),
            None => None,
        };
        let id = match description.id {
            Id::Header(name) => Some(HeaderName::new(name)?),
            Id::None | Id::Body(_) => None,
        };
        let says = description.says.iter().map(|(name, text)| Some((HeaderName::new(name)?, (*text).into())));
        let says = says.collect::<Option<_>>()?;
        let (content, encoding, form) = (Template::new(description.content)?, description.encoding, description.form);
        Some(Self { keys, place, encoding, content, url: url.into(), timestamp, id, says, form, stronger })
    }

    /// What is signed.
    pub(crate) fn content(&self) -> &Template {
        &self.content
    }

    /// The only format of bodies that it can read, if it reads them.
    pub(crate) fn media(&self) -> Option<Media> {
        if self.form {
            Some(Media::Form)
        } else {
            (self.place.is_in_body() || self.content.body_places().next().is_some()).then_some(Media::Json)
        }
    }

    /// Whether who has captured one request can sign a longer one, whose body goes on after that of the first.
    pub(crate) fn is_extensible(&self) -> bool {
        self.keys.are_extensible()
    }

    /// Whether an id ends where anybody can see it, even beside a form, which may begin or end with any characters.
    pub(crate) fn has_clear_id(&self) -> bool {
        let clear = |piece: &Piece| match piece {
            Piece::Literal(text) => !is_token(text),
            piece => matches!(piece, Piece::Url),
        };
        let right = |pair: &[Piece]| match pair {
            [Piece::Id, other] | [other, Piece::Id] => clear(other),
            _ => true,
        };
        self.content.0.windows(2).all(right)
    }

    /// What a request proves at `now` (milliseconds), if a key that `may` be used has signed it. All keys are tried,
    /// and something is signed even where nothing is presented: the time taken tells neither.
    pub(crate) async fn verify(
        &self,
        request: &impl Request,
        body: &Body,
        now: u64,
        may: &[bool],
        host: &impl Host,
    ) -> Option<Proof> {
        if let Some(stronger) = self.stronger.as_ref().filter(|stronger| stronger.is_present(request)) {
            // Boxed, for it is this function again.
            Box::pin(stronger.verify(request, body, now, may, host)).await?;
        }
        let claims = self.read(request, body, now);
        let nothing = Claims { presented: Presented::default(), timestamp: String::new(), id: String::new() };
        let Claims { presented, timestamp, id } = claims.unwrap_or(nothing);
        let method = request.method();
        let form = self.form;
        let whole = Framed::new(body);
        let hash = if self.content.has(&Piece::Sha256) { Some(hash_by(host, None, &whole).await) } else { None };
        let sha256 = hash.as_deref();
        let content = Content {
            id: &id,
            timestamp: &timestamp,
            body,
            method: &method,
            url: &self.url,
            form,
            without: None,
            sha256,
        };
        let filled = self.content.fill(content, request);
        let message = filled.as_ref().unwrap_or(&whole);
        let secret = match &self.keys {
            Keys::Shared(keys) => shared(keys, &presented.signatures, message, may, host).await,
            Keys::Public(keys) => public(keys, &presented.signatures, der::to_fixed, message, may, host).await,
        };
        let secret = secret.filter(|_| filled.is_some() && self.is_fresh_inside(body, now))?;
        let id = match &self.id {
            Some(_) => Some(id),
            None if self.content.has_body() => None,
            None => {
                // A retry may have the time anew.
                let lasting = Content { timestamp: "", without: self.clock_inside(), ..content };
                let lasting = self.content.fill(lasting, request)?;
                Some(base16ct::lower::encode_string(&hash_by(host, None, &lasting).await))
            }
        };
        Some(Proof { secret, id })
    }

    /// What a request claims, if it is complete, in the right grammar, and fresh as far as its headers say.
    fn read(&self, request: &impl Request, body: &Body, now: u64) -> Option<Claims> {
        if !self.says.iter().all(|(name, text)| name.value(request).is_some_and(|value| says(&value, text))) {
            return None;
        }
        let presented = self.place.read(request, body, self.form, self.encoding)?;
        let timestamp = match self.timestamp.as_ref().map(|clock| (clock, &clock.at)) {
            None | Some((_, ClockAt::Body(_))) => String::new(),
            Some((clock, at)) => {
                let text = match at {
                    ClockAt::Header(name) => name.value(request)?,
                    ClockAt::Label | ClockAt::Body(_) => presented.timestamp.clone()?,
                };
                clock.is_fresh(&text, now).then_some(text)?
            }
        };
        let id = match &self.id {
            None => String::new(),
            Some(name) => {
                // A part of a form could be moved into an id that has its characters.
                let form =
                    !self.content.has_body() || Media::of(request.header("content-type").as_deref()) == Media::Form;
                name.value(request).filter(|id| if form { is_token(id) } else { is_id(id) })?
            }
        };
        Some(Claims { presented, timestamp, id })
    }

    /// A timestamp in the body is believed, and looked for, only once the body is.
    fn is_fresh_inside(&self, body: &Body, now: u64) -> bool {
        let (Some(clock), Some(place)) = (&self.timestamp, self.clock_inside()) else { return true };
        let found = project::look(self.form, body, &[place]).and_then(|mut found| found.pop());
        found.is_some_and(|text| clock.is_fresh(&text, now))
    }

    /// The HMAC of a short message alone, with the key of this index.
    #[inline(never)]
    pub(crate) fn mac(&self, key: usize, message: &[u8]) -> Option<Vec<u8>> {
        match &self.keys {
            Keys::Shared(keys) => keys.get(key)?.mac(message),
            Keys::Public(_) => None,
        }
    }

    /// The place of the time in the body.
    fn clock_inside(&self) -> Option<&str> {
        match &self.timestamp {
            Some(Clock { at: ClockAt::Body(place), .. }) => Some(place),
            _ => None,
        }
    }

    fn is_present(&self, request: &impl Request) -> bool {
        self.place.header().is_some_and(|name| name.is_present(request))
    }
}

impl Clock {
    fn is_fresh(&self, text: &str, now: u64) -> bool {
        timestamp::read(text, self.unit).is_some_and(|at| timestamp::is_fresh(at, now, self.tolerance))
    }
}

/// GitHub's signature since 2020.
const STRONGER: Description<'_> = Description {
    algorithm: Algorithm::Hmac(Hash::Sha256),
    key: KeyFormat::Utf8,
    place: description::Place::Header { name: "x-hub-signature-256", prefix: "sha256=" },
    encoding: Encoding::Hex,
    content: "{body}",
    timestamp: None,
    id: Id::None,
    says: &[],
    form: false,
};

/// Whether a text may be a delivery's id: visible ASCII, so that two joined headers are none.
fn is_id(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
