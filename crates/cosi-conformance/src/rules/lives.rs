//! The life of a resource: versions, phases, owners, finalizers.

use omni_api::{Phase, Version};

use crate::bench::Bench;
use crate::expect::{Outcome, refused, same};
use crate::subject::{Refusal, Subject};

pub(super) async fn a_new_resource_is_at_its_first_version_and_reads_as_it_was_stored<
    S: Subject,
>(
    bench: Bench<'_, S>,
) -> Outcome {
    let made = bench.make("a", &[("k", "v")]).await?;
    same("version", &made.metadata.version, &Version::FIRST)?;
    same("phase", &made.metadata.phase, &Phase::Running)?;
    let read = bench.subject.get(&bench.id("a")).await?;
    same("what is read", &read.metadata, &made.metadata)?;
    same("the spec", &read.spec, &made.spec)?;
    bench.remove("a").await
}

pub(super) async fn an_id_exists_once<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    bench.make("a", &[]).await?;
    let again = bench.subject.create(bench.sample("a", &[]), "").await;
    refused("a second create", again, &Refusal::Exists)?;
    bench.remove("a").await
}

pub(super) async fn what_is_not_there_is_not_found<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    let (subject, id) = (bench.subject, bench.id("nobody"));
    refused("get", subject.get(&id).await, &Refusal::NotFound)?;
    refused(
        "teardown",
        subject.teardown(&id, "").await,
        &Refusal::NotFound,
    )?;
    refused(
        "destroy",
        subject.destroy(&id, "").await,
        &Refusal::NotFound,
    )?;
    let mut write = bench.sample("nobody", &[]);
    write.metadata.version = Version::FIRST;
    refused(
        "update",
        subject.update(write, "", None).await,
        &Refusal::NotFound,
    )
}

pub(super) async fn a_write_needs_the_version_that_is_stored_and_counts_one<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    let old = bench.make("a", &[]).await?;
    let new = bench.relabel("a", "k", "1").await?;
    same("version", &new.metadata.version, &Version::FIRST.next())?;
    let stale = bench.subject.update(old, "", None).await;
    refused("a write over a newer version", stale, &Refusal::Conflict)?;
    let read = bench.subject.get(&bench.id("a")).await?;
    same("what is stored", &read.metadata, &new.metadata)?;
    bench.remove("a").await
}

pub(super) async fn a_resource_on_its_way_out_is_written_only_by_who_knows_it<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    bench.make("a", &[]).await?;
    let (subject, id) = (bench.subject, bench.id("a"));
    subject.teardown(&id, "").await?;
    let leaving = subject.get(&id).await?;
    same("phase", &leaving.metadata.phase, &Phase::TearingDown)?;
    let mut write = leaving.clone();
    write.metadata.labels.insert("k".to_owned(), "1".to_owned());
    let unaware = subject
        .update(write.clone(), "", Some(Phase::Running))
        .await;
    refused("a write that expects it to run", unaware, &Refusal::Phase)?;
    let aware = subject.update(write, "", Some(Phase::TearingDown)).await?;
    same("label", &aware.metadata.label("k"), &Some("1"))?;
    bench.remove("a").await
}

pub(super) async fn finalizers_hold_a_resource_until_they_are_gone<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    let mut held = bench.make("a", &[]).await?;
    let (subject, id) = (bench.subject, bench.id("a"));
    held.metadata.finalizers.push("Holder".to_owned());
    subject.update(held, "", None).await?;
    same(
        "ready to destroy",
        &subject.teardown(&id, "").await?,
        &false,
    )?;
    let early = subject.destroy(&id, "").await;
    refused("destroy while it is held", early, &Refusal::Conflict)?;
    let mut released = subject.get(&id).await?;
    released.metadata.finalizers.clear();
    subject
        .update(released, "", Some(Phase::TearingDown))
        .await?;
    same("ready to destroy", &subject.teardown(&id, "").await?, &true)?;
    subject.destroy(&id, "").await?;
    refused("get", subject.get(&id).await, &Refusal::NotFound)
}

pub(super) async fn a_teardown_is_done_once_however_often_it_is_asked_for<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    bench.make("a", &[]).await?;
    let (subject, id) = (bench.subject, bench.id("a"));
    same("ready to destroy", &subject.teardown(&id, "").await?, &true)?;
    let once = subject.get(&id).await?;
    same("ready to destroy", &subject.teardown(&id, "").await?, &true)?;
    let twice = subject.get(&id).await?;
    same("version", &twice.metadata.version, &once.metadata.version)?;
    bench.remove("a").await
}

pub(super) async fn an_owner_keeps_others_away<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    let (subject, id) = (bench.subject, bench.id("a"));
    if !subject.allows_owners() {
        return Ok(());
    }
    let made = subject.create(bench.sample("a", &[]), "Owner").await?;
    same("owner", &made.metadata.owner.as_str(), &"Owner")?;
    for stranger in ["", "Other"] {
        let write = subject.update(made.clone(), stranger, None).await;
        refused("a stranger's write", write, &Refusal::Owner)?;
        let teardown = subject.teardown(&id, stranger).await;
        refused("a stranger's teardown", teardown, &Refusal::Owner)?;
        let destroy = subject.destroy(&id, stranger).await;
        refused("a stranger's destroy", destroy, &Refusal::Owner)?;
    }
    subject.update(made, "Owner", None).await?;
    subject.teardown(&id, "Owner").await?;
    Ok(subject.destroy(&id, "Owner").await?)
}
