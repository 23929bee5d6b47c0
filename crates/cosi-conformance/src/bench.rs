//! What a rule works with: the subject, and ids that are its own.

use futures::StreamExt as _;
use omni_api::selector::Selector;
use omni_api::{AnyResource, selector};

use crate::expect::Broken;
use crate::subject::{Asked, Event, Events, Refusal, Seen, Subject};

/// The label that marks the resources of one rule, so that rules do not see each other's.
const RULE: &str = "conformance.test/rule";

/// A subject, and a corner of it that belongs to one rule.
#[derive(Debug)]
pub struct Bench<'s, S> {
    pub(crate) subject: &'s S,
    rule: &'static str,
}

// === impl Bench ===

impl<'s, S: Subject> Bench<'s, S> {
    /// The corner of a rule.
    pub(crate) fn new(subject: &'s S, rule: &'static str) -> Self {
        Self { subject, rule }
    }

    /// An id of this rule.
    pub(crate) fn id(&self, name: &str) -> String {
        let mut hash = 0_u32;
        for byte in self.rule.bytes() {
            hash = hash.wrapping_mul(31).wrapping_add(u32::from(byte));
        }
        format!("conformance-{hash:08x}-{name}")
    }

    /// A new resource of this rule, with labels.
    pub(crate) fn sample(&self, name: &str, labels: &[(&str, &str)]) -> AnyResource {
        let mut resource = self.subject.sample(&self.id(name));
        let marks = &mut resource.metadata.labels;
        marks.insert(RULE.to_owned(), self.rule.to_owned());
        marks.extend(
            labels
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        resource
    }

    /// Creates a resource of this rule.
    pub(crate) async fn make(
        &self,
        name: &str,
        labels: &[(&str, &str)],
    ) -> Result<AnyResource, Broken> {
        Ok(self.subject.create(self.sample(name, labels), "").await?)
    }

    /// Writes a label into a resource as it is stored.
    pub(crate) async fn relabel(
        &self,
        name: &str,
        key: &str,
        value: &str,
    ) -> Result<AnyResource, Broken> {
        let mut resource = self.subject.get(&self.id(name)).await?;
        resource
            .metadata
            .labels
            .insert(key.to_owned(), value.to_owned());
        Ok(self.subject.update(resource, "", None).await?)
    }

    /// Tears down and destroys; whoever is gone already is fine.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Broken> {
        let id = self.id(name);
        match self.subject.teardown(&id, "").await {
            Err(Refusal::NotFound) => return Ok(()),
            other => other?,
        };
        Ok(self.subject.destroy(&id, "").await?)
    }

    /// What a query on labels asks for, within this rule.
    pub(crate) fn asked(&self, alternatives: &[&str]) -> Result<Asked, Broken> {
        let mine = selector::Term::equal(RULE, self.rule);
        let mut labels = Selector::default();
        for text in alternatives {
            let query = selector::parse(text).map_err(|error| Broken::new(error.to_string()))?;
            labels.0.push(query);
        }
        if labels.0.is_empty() {
            labels.0.push(selector::Query::default());
        }
        labels
            .0
            .iter_mut()
            .for_each(|query| query.0.push(mine.clone()));
        Ok(Asked {
            labels,
            ..Asked::default()
        })
    }
}

/// The next event of a watch.
pub(crate) async fn next(events: &mut Events) -> Result<Seen, Broken> {
    match events.next().await {
        Some(seen) => Ok(seen?),
        None => Err(Broken::new("the watch ended")),
    }
}

/// An event in a word: what happened to whom, at which version.
pub(crate) fn word(event: &Event) -> String {
    let (what, resource) = match event {
        Event::Created(resource) => ("created", resource),
        Event::Updated { new, .. } => ("updated", new),
        Event::Destroyed(resource) => ("destroyed", resource),
        Event::Bootstrapped => return "bootstrapped".to_owned(),
        Event::Noop => return "noop".to_owned(),
    };
    let id = &resource.metadata.id;
    let name = id.rsplit('-').next().unwrap_or_default();
    format!("{what} {name}@{}", resource.metadata.version)
}

/// The next events in words.
pub(crate) async fn words(events: &mut Events, count: usize) -> Result<Vec<String>, Broken> {
    let mut words = Vec::new();
    while words.len() < count {
        words.push(word(&next(events).await?.event));
    }
    Ok(words)
}
