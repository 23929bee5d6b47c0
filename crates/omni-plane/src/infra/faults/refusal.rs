//! Which requests a provider refuses.

use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Error};

use super::kinds::{FaultScript, RequestNumber, RequestNumberSpec};
use super::script::{Fault, RequestRefused, Script};
use super::{SCRIPT, annotation};

/// What the provider says to a request that it refuses; none where it takes it. Requests are counted as the provider notices them: those of
/// the provider for the script and for an annotation on the provider, those of a set for an annotation on the set.
pub(crate) fn refusal(
    cx: &Context<'_>,
    provider: &str,
    request: &Resource<kind::MachineRequest>,
) -> Result<Option<String>, Error> {
    let set = request.metadata.label(labels::MACHINE_REQUEST_SET);
    let numbers = numbers(cx, provider, set, request.id())?;
    let script = cx.get::<FaultScript>(SCRIPT)?;
    let script = script.and_then(|script| Script::parse(&script.spec.text).ok());
    let of_script = script.map(Script::into_faults).unwrap_or_default();
    let of_provider = cx.get::<kind::InfraProvider>(provider)?;
    let of_provider = of_provider.map(|provider| annotation::of(&provider.metadata));
    let set = set.map(|set| cx.get::<kind::MachineRequestSet>(set));
    let of_set = set.transpose()?.flatten();
    let of_set = of_set.map(|set| annotation::of(&set.metadata));
    let counted = [
        (numbers.number, of_script),
        (numbers.number, of_provider.unwrap_or_default()),
        (numbers.in_set, of_set.unwrap_or_default()),
        (numbers.number, annotation::of(&request.metadata)),
    ];
    let mut refused = counted.into_iter().flat_map(|(number, faults)| {
        faults.into_iter().filter_map(move |fault| match fault {
            Fault::RequestRefused(it) => Some((number, it)),
            _ => None,
        })
    });
    let hit = refused.find(|(number, it)| it.concerns(provider, *number));
    Ok(hit.map(|(_, it)| it.reason))
}

/// Which of its provider's and of its set's requests it is; given to it when the provider notices it.
fn numbers(
    cx: &Context<'_>,
    provider: &str,
    set: Option<&str>,
    request: &str,
) -> Result<RequestNumberSpec, Error> {
    if let Some(given) = cx.get::<RequestNumber>(request)? {
        return Ok(given.spec);
    }
    let number = next(cx, &format!("provider/{provider}"))?;
    let in_set = set.map(|set| next(cx, &format!("set/{set}"))).transpose()?;
    let given = RequestNumberSpec {
        number,
        in_set: in_set.unwrap_or_default(),
    };
    cx.put::<RequestNumber>(request, |resource| resource.spec = given)?;
    Ok(given)
}

/// The next number of a counter.
fn next(cx: &Context<'_>, counter: &str) -> Result<u32, Error> {
    let last = cx.get::<RequestNumber>(counter)?;
    let number = last.map_or(0, |last| last.spec.number) + 1;
    cx.put::<RequestNumber>(counter, |last| last.spec.number = number)?;
    Ok(number)
}

// === impl RequestRefused ===

impl RequestRefused {
    /// Whether it is about this request of this provider; on a resource it names none.
    fn concerns(&self, provider: &str, number: u32) -> bool {
        self.provider.as_deref().is_none_or(|name| name == provider)
            && self.request.is_none_or(|request| request.get() == number)
    }
}
