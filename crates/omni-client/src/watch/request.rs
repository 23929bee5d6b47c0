//! What a watch asks the server for.

use omni_api::cosi;

use crate::query::Query;

/// What is watched.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    namespace: &'static str,
    kind: &'static str,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    One(String),
    Kind(Query),
}

/// Where a watch begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// With what exists now.
    Contents,
    /// After the event of this bookmark.
    After(Vec<u8>),
}

// === impl Target ===

impl Target {
    /// Many resources.
    pub(crate) fn kind(namespace: &'static str, kind: &'static str, query: Query) -> Self {
        let what = What::Kind(query);
        Self {
            namespace,
            kind,
            what,
        }
    }

    /// One resource.
    pub(crate) fn one(namespace: &'static str, kind: &'static str, id: &str) -> Self {
        let what = What::One(id.to_owned());
        Self {
            namespace,
            kind,
            what,
        }
    }

    /// Whether one resource is watched. Such a watch begins with its state and tells no end of the beginning.
    pub(super) fn is_one(&self) -> bool {
        matches!(self.what, What::One(_))
    }

    /// The request. Events come aggregated, several in a message, as the server has them.
    pub(super) fn request(&self, start: &Start) -> cosi::WatchRequest {
        let mut options = cosi::WatchOptions {
            aggregated: true,
            ..Default::default()
        };
        let mut id = None;
        match &self.what {
            What::One(one) => id = Some(one.clone()),
            What::Kind(query) => {
                options.label_query = query.labels();
                options.id_query = query.ids();
                match start {
                    Start::Contents => options.bootstrap_contents = true,
                    Start::After(bookmark) => options.start_from_bookmark = Some(bookmark.clone()),
                }
            }
        }
        cosi::WatchRequest {
            namespace: self.namespace.to_owned(),
            r#type: self.kind.to_owned(),
            id,
            options: Some(options),
            // From version 1 on the server tells the end of the contents, and errors.
            api_version: 1,
        }
    }
}
