//! What operators ask and do, at `/_hookgate/…`, with `Authorization: Bearer <ADMIN_TOKEN>`.
//!
//! Whatever is not exactly one of these requests with the right token is a delivery to an unknown hook: it costs what
//! that costs, is answered as that is, and touches no store. Without the secret there is no token that is right.
//!
//! Bodies and answers are JSON; times are milliseconds since 1970. A body or a query with a name that is not here, twice
//! or empty is refused: what an operator means is not guessed. Texts (`by`, `because`) have up to 200 characters, bodies
//! 16 KiB. REF is the beginning of a delivery's key, 8 to 64 hex digits.
//!
//! # Questions
//! | | answer |
//! |---|---|
//! | `GET status` | `{"now","switch":SWITCH,"hooks":[HOOK,…]}` |
//! | `GET deliveries?hook=ID&part=N` | the last hundred endings, the latest first: `[{"at","entry"},…]` |
//! | `GET held?hook=ID&part=N&after=PLACE` | a hundred held deliveries in order of arrival |
//! | `GET show?ref=REF&hook=ID` | `{"found":[{"hook","ledger":{…},"record":{"outcome","at"}},…]}` |
//!
//! HOOK is `{"id","state","switch":SWITCH,"switch_age","ledger":[{…},…]}`, and unless it is disabled or misconfigured
//! `"owner","purpose","guarantee","on_failure","on_stop","origin"`. `switch_age` tells how old the reading is that this
//! isolate acts on, `null` if it reads anew. `ledger` has an element for each part, `null` where it did not answer.
//! SWITCH is `null`, `{"unreadable":true}`, or `{"text"}` as KV has it, with `"mode","reason","by","until"` as far as they
//! are there. What `show` could not ask is told as `"unreadable":true`, which is not the same as not found.
//!
//! # Acts
//! | | |
//! |---|---|
//! | `POST release {"ref","hook"?,"by"?,"because"?}` | the held delivery goes next, whatever it waits for |
//! | `POST release {"all":true,"hook","by"?,"because"?}` | all of the hook but the uncertain ones are tried again |
//! | `POST resolve {"ref","as","because","hook"?,"by"?}` | it was `delivered`, or is `abandoned`: it is not forwarded any more |
//! | `POST forget {"ref","hook"?,"by"?,"because"?}` | its repeat is a new delivery |
//! | `POST stop {"because","hook"?,"mode"?,"until"?,"by"?}` | stops one hook, or everything; `until` as RFC 3339 writes it |
//! | `POST resume {"hook"?,"by"?,"because"?}` | ends that stop; a hook and everything are stopped and resumed apart |
//!
//! Answers are `{"done":true,…}` or `{"done":false,"error","message"}`: 400 `bad-request`; 404 `unknown-hook`,
//! `unknown-reference`; 409 `ambiguous`, `in-flight`, `not-held`; 503 `store-unreachable`, which tells what was done and
//! what was not, and after which the same may be asked again. A stop is in force at a strict hook as soon as its ledger
//! is told; elsewhere within KV's delay. What other isolates than this remember of a delivery that is forgotten they
//! remember for up to five minutes, if the hook is not strict.

mod act;
mod asked;
mod deed;
mod report;
mod stop;
mod store;
mod token;
mod trace;

use crate::config::{Gate, Known};
use crate::host::Request;
use crate::memory::Memory;
use crate::receive::check_transport;
use crate::reply::Reply;
use crate::switch::Switches;
use crate::target::Target;

use asked::Said;
use deed::Deed;
pub(crate) use store::{Of, Stores};
pub(crate) use token::Token;

/// The name of the secret.
pub(crate) const SECRET: &str = "ADMIN_TOKEN";
/// The slug that no gate may have.
pub(crate) const SLUG: &str = "_hookgate";
/// What all paths begin with.
const PREFIX: &str = "/_hookgate/";

/// What an operator reaches.
pub(crate) struct Api<'g> {
    pub(crate) gate: &'g Gate,
    pub(crate) switches: &'g Switches,
    pub(crate) memory: &'g Memory,
    pub(crate) stores: &'g dyn Stores,
}

/// A request that came with the token. Only [`asked`] makes one.
pub(crate) struct Asked {
    route: Route,
    /// Without `?`.
    query: String,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Status,
    Deliveries,
    Held,
    Show,
    Release,
    Resolve,
    Forget,
    Stop,
    Resume,
}

/// Why an operator does not get what they asked for.
struct Refusal {
    status: u16,
    error: &'static str,
    message: String,
}

/// The request of an operator, if it is exactly that. Of others nothing but the URL is read.
pub(crate) fn asked(gate: &Gate, request: &impl Request) -> Option<Asked> {
    let token = gate.admin.as_ref()?;
    let url = request.url();
    let target = Target::of(&url);
    let name = target.path.strip_prefix(PREFIX)?;
    let authorization = request.header("authorization")?;
    if !token.is_in(&authorization) || check_transport(&target, request, gate.min_tls).is_err() {
        return None;
    }
    let route = Route::of(&request.method(), name)?;
    Some(Asked { route, query: target.query.into() })
}

impl Route {
    const ALL: [Self; 9] = [
        Self::Status,
        Self::Deliveries,
        Self::Held,
        Self::Show,
        Self::Release,
        Self::Resolve,
        Self::Forget,
        Self::Stop,
        Self::Resume,
    ];

    fn of(method: &str, name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.method() == method && route.name() == name)
    }

    fn method(self) -> &'static str {
        match self {
            Self::Status | Self::Deliveries | Self::Held | Self::Show => "GET",
            Self::Release | Self::Resolve | Self::Forget | Self::Stop | Self::Resume => "POST",
        }
    }

    /// What the query or the body may have.
    fn places(self) -> &'static [&'static str] {
        match self {
            Self::Status => &[],
            Self::Deliveries => &["/hook", "/part"],
            Self::Held => &["/hook", "/part", "/after"],
            Self::Show => &["/ref", "/hook"],
            Self::Release => &["/ref", "/hook", "/all", "/by", "/because"],
            Self::Resolve => &["/ref", "/hook", "/as", "/by", "/because"],
            Self::Forget => &["/ref", "/hook", "/by", "/because"],
            Self::Stop => &["/hook", "/mode", "/because", "/until", "/by"],
            Self::Resume => &["/hook", "/by", "/because"],
        }
    }

    /// The last part of the path.
    fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Deliveries => "deliveries",
            Self::Held => "held",
            Self::Show => "show",
            Self::Release => "release",
            Self::Resolve => "resolve",
            Self::Forget => "forget",
            Self::Stop => "stop",
            Self::Resume => "resume",
        }
    }
}

impl<'g> Api<'g> {
    /// Does what was asked for, and writes a line of the log.
    pub(crate) async fn answer(&self, asked: &Asked, request: &impl Request) -> Reply {
        let said = asked.said(request).await;
        self.reply(asked.route, said).await
    }

    async fn reply(&self, route: Route, said: Result<Said, Refusal>) -> Reply {
        let mut deed = Deed::default();
        let result = match said {
            Ok(said) => self.follow(route, &said, &mut deed).await,
            Err(refusal) => Err(refusal),
        };
        self.stores.log(&deed.line(route.name(), result.as_ref().err().map(|refusal| refusal.error)));
        match result {
            Ok(json) => Reply::of_json(200, json),
            Err(refusal) => Reply::of_json(refusal.status, refusal.to_json()),
        }
    }

    async fn follow(&self, route: Route, said: &Said, deed: &mut Deed) -> Result<String, Refusal> {
        match route {
            Route::Status => Ok(self.status().await),
            Route::Deliveries => self.deliveries(said, deed).await,
            Route::Held => self.held(said, deed).await,
            Route::Show => self.show(said, deed).await,
            Route::Release => self.release(said, deed).await,
            Route::Resolve => self.resolve(said, deed).await,
            Route::Forget => self.forget(said, deed).await,
            Route::Stop => self.stop(said, deed).await,
            Route::Resume => self.resume(said, deed).await,
        }
    }

    /// The hook with this id, open or not.
    fn find(&self, id: &str) -> Result<Known<'g>, Refusal> {
        let found = self.gate.known().find(|known| known.id == id);
        found.ok_or_else(|| Refusal::unknown_hook(&["no hook has this id"]))
    }
}
