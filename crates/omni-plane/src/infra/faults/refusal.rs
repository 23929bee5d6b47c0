//! Which requests a provider refuses.

use omni_api::kind;

use crate::engine::{Context, Error};

use super::kinds::{FaultScript, RequestNumber};
use super::script::{Fault, RequestRefused, Script};
use super::{SCRIPT, annotation};

/// What the provider says to a request that it refuses; none where it takes it. Requests are counted as the provider notices them.
pub(crate) fn refusal(
    cx: &Context<'_>,
    provider: &str,
    request: &str,
) -> Result<Option<String>, Error> {
    let number = number(cx, provider, request)?;
    let script = cx.get::<FaultScript>(SCRIPT)?;
    let script = script.and_then(|script| Script::parse(&script.spec.text).ok());
    let of_script = script.map(Script::into_faults).unwrap_or_default();
    let of_provider = cx.get::<kind::InfraProvider>(provider)?;
    let of_provider = of_provider.map(|provider| annotation::of(&provider.metadata));
    let all = of_script.into_iter().chain(of_provider.unwrap_or_default());
    let refused = all.filter_map(|fault| match fault {
        Fault::RequestRefused(it) => Some(it),
        _ => None,
    });
    let mut refused = refused.filter(|it| it.concerns(provider, number));
    Ok(refused.next().map(|it| it.reason))
}

/// Which of its provider's requests it is; given to it when the provider notices it.
fn number(cx: &Context<'_>, provider: &str, request: &str) -> Result<u32, Error> {
    if let Some(given) = cx.get::<RequestNumber>(request)? {
        return Ok(given.spec.number);
    }
    let counter = format!("provider/{provider}");
    let last = cx.get::<RequestNumber>(&counter)?;
    let number = last.map_or(0, |last| last.spec.number) + 1;
    cx.put::<RequestNumber>(&counter, |last| last.spec.number = number)?;
    cx.put::<RequestNumber>(request, |given| given.spec.number = number)?;
    Ok(number)
}

// === impl RequestRefused ===

impl RequestRefused {
    /// Whether it is about this request of this provider; on a provider it names none.
    fn concerns(&self, provider: &str, number: u32) -> bool {
        self.provider.as_deref().is_none_or(|name| name == provider)
            && self.request.is_none_or(|request| request.get() == number)
    }
}
