//! Messages about the provider as a whole, such as one about the server that it has connected to.
//!
//! Contract: a provider that connects at the first use cannot say in `configure` what it finds out then. It keeps the mailbox of
//! `configure`; what is posted there is reported with the next answer of any call, once in the life of the process.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Diagnostic, Diagnostics};

/// Takes messages until the next answer takes them along. Clones share their contents.
#[derive(Clone, Debug, Default)]
pub struct Mailbox(Arc<Mutex<Diagnostics>>);

// === impl Mailbox ===

impl Mailbox {
    /// Has a message reported with the next answer.
    pub fn post(&self, diagnostic: Diagnostic) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(diagnostic);
    }

    /// Takes out what is there: the framework does with each answer.
    pub fn take(&self) -> Diagnostics {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Cx;
    use crate::objects::cx::Call;

    #[test]
    fn what_is_posted_is_reported_with_one_answer_only() {
        let mailbox = Mailbox::default();
        let call = || Call {
            mailbox: mailbox.clone(),
            ..Call::default()
        };
        let (first, second) = (Cx::of((), call()), Cx::of((), call()));
        first.mailbox().post(Diagnostic::warning("A newer server"));
        assert_eq!(second.into_notes().diagnostics.iter().count(), 1);
        assert!(first.into_notes().diagnostics.is_empty());
    }
}
