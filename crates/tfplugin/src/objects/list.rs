//! List resources: what exists remotely, for `terraform query`.

use std::future::Future;

use tokio::sync::mpsc;

use super::{Cx, Diagnostic, Diagnostics};
use crate::schema::Object;
use crate::values::Value;

/// Lists the remote objects of one resource type.
pub trait ListResource: Send + Sync + 'static {
    /// What the provider's `configure` makes.
    type Session: Clone + Send + Sync + 'static;
    /// The resource's model: its name is the list's, its identity that of the items.
    type Model: Object;
    /// What the user may ask for: a struct with `#[derive(Object)]`.
    type Config: Object;

    /// As [`Resource::validate`](super::Resource::validate).
    fn validate(&self, config: &Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Hands the objects to `items`, one by one, until there are no more or [`Items::push`] says enough.
    fn list(
        &self,
        cx: &Cx<Self::Session>,
        config: Self::Config,
        items: &mut Items<Self::Model>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// Where a list puts what it finds.
#[derive(Debug)]
pub struct Items<M> {
    sink: mpsc::Sender<Item>,
    left: u64,
    whole: bool,
    model: std::marker::PhantomData<fn(M)>,
}

/// One item on its way to core.
#[derive(Debug)]
pub(crate) enum Item {
    Object { name: String, state: Value },
    Problem(Diagnostic),
}

impl<M: Object> Items<M> {
    pub(crate) fn new(sink: mpsc::Sender<Item>, limit: u64, whole: bool) -> Self {
        Self {
            sink,
            left: limit,
            whole,
            model: std::marker::PhantomData,
        }
    }

    /// Whether the user wants the attributes too; otherwise the identity suffices.
    pub const fn wants_attributes(&self) -> bool {
        self.whole
    }

    /// Adds an object under the name that people know it by; `false` where no more are wanted.
    ///
    /// Waits while core is still busy with earlier ones.
    #[must_use = "`false` means that nobody listens any more"]
    pub async fn push(&mut self, name: impl Into<String>, state: &M) -> bool {
        let item = Item::Object {
            name: name.into(),
            state: state.encode(),
        };
        let sent = self.left > 0 && self.sink.send(item).await.is_ok();
        self.left = self.left.saturating_sub(1);
        sent && self.left > 0
    }

    /// Reports an object that cannot be shown; the list goes on.
    pub async fn problem(&mut self, diagnostic: Diagnostic) {
        // Nobody listens any more: `push` will say so.
        let _ = self.sink.send(Item::Problem(diagnostic)).await;
    }
}
