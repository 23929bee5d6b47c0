//! What a watch tells, and in which order.

use crate::bench::{Bench, next, words};
use crate::expect::{Broken, Outcome, refused, same};
use crate::subject::{Asked, Event, Refusal, Subject};

pub(super) async fn a_watch_on_one_begins_with_its_state<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    bench.make("a", &[]).await?;
    let mut events = bench
        .subject
        .watch(Some(&bench.id("a")), &Asked::default())
        .await?;
    same(
        "state",
        &words(&mut events, 1).await?,
        &vec!["created a@1".to_owned()],
    )?;
    bench.relabel("a", "k", "1").await?;
    let Event::Updated { old, new } = next(&mut events).await?.event else {
        return Err(Broken::new("expected an update"));
    };
    same("before", &old.metadata.label("k"), &None)?;
    same("after", &new.metadata.label("k"), &Some("1"))?;
    bench.remove("a").await?;
    let gone = words(&mut events, 2).await?;
    same(
        "end",
        &gone,
        &vec!["updated a@3".to_owned(), "destroyed a@3".to_owned()],
    )
}

pub(super) async fn a_watch_on_one_that_is_missing_says_so_and_sees_it_come<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    let mut events = bench
        .subject
        .watch(Some(&bench.id("a")), &Asked::default())
        .await?;
    let missing = words(&mut events, 1).await?;
    same("state", &missing, &vec!["destroyed a@undefined".to_owned()])?;
    bench.make("a", &[]).await?;
    same(
        "birth",
        &words(&mut events, 1).await?,
        &vec!["created a@1".to_owned()],
    )?;
    bench.remove("a").await
}

pub(super) async fn a_watch_on_a_kind_tells_contents_a_mark_and_every_change_in_order<
    S: Subject,
>(
    bench: Bench<'_, S>,
) -> Outcome {
    bench.make("b", &[]).await?;
    bench.make("a", &[]).await?;
    let asked = Asked {
        contents: true,
        ..bench.asked(&[])?
    };
    let mut events = bench.subject.watch(None, &asked).await?;
    let contents = words(&mut events, 3).await?;
    same(
        "contents",
        &contents,
        &["created a@1", "created b@1", "bootstrapped"]
            .map(str::to_owned)
            .to_vec(),
    )?;
    bench.make("c", &[]).await?;
    bench.relabel("a", "k", "1").await?;
    bench.remove("b").await?;
    let changes = words(&mut events, 4).await?;
    let expected = ["created c@1", "updated a@2", "updated b@2", "destroyed b@2"];
    same("changes", &changes, &expected.map(str::to_owned).to_vec())?;
    bench.remove("a").await?;
    bench.remove("c").await
}

pub(super) async fn what_ceases_to_match_is_told_as_destroyed<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    bench.make("a", &[("stage", "test")]).await?;
    let asked = Asked {
        contents: true,
        ..bench.asked(&["stage = prod"])?
    };
    let mut events = bench.subject.watch(None, &asked).await?;
    bench.relabel("a", "stage", "prod").await?;
    bench.relabel("a", "other", "1").await?;
    bench.relabel("a", "stage", "test").await?;
    let told = words(&mut events, 4).await?;
    let expected = [
        "bootstrapped",
        "created a@2",
        "updated a@3",
        "destroyed a@4",
    ];
    same("events", &told, &expected.map(str::to_owned).to_vec())?;
    bench.remove("a").await
}

pub(super) async fn a_watch_goes_on_after_its_bookmark<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    let asked = Asked {
        contents: true,
        ..bench.asked(&[])?
    };
    let mut events = bench.subject.watch(None, &asked).await?;
    same(
        "mark",
        &words(&mut events, 1).await?,
        &vec!["bootstrapped".to_owned()],
    )?;
    bench.make("a", &[]).await?;
    let after = next(&mut events).await?.bookmark;
    drop(events);
    bench.relabel("a", "k", "1").await?;
    bench.make("b", &[]).await?;
    let asked = Asked {
        after: Some(after),
        ..bench.asked(&[])?
    };
    let mut events = bench.subject.watch(None, &asked).await?;
    let missed = words(&mut events, 2).await?;
    same(
        "missed",
        &missed,
        &["updated a@2", "created b@1"].map(str::to_owned).to_vec(),
    )?;
    bench.remove("a").await?;
    bench.remove("b").await
}

pub(super) async fn a_bookmark_that_is_none_is_refused<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    for bookmark in [b"x".to_vec(), vec![0xff; 16]] {
        let asked = Asked {
            after: Some(bookmark),
            ..bench.asked(&[])?
        };
        // A refusal may come with the answer or as the first thing that the stream says.
        let seen = match bench.subject.watch(None, &asked).await {
            Ok(mut events) => match futures::StreamExt::next(&mut events).await {
                Some(event) => event.map(drop),
                None => return Err(Broken::new("the watch ended without a word")),
            },
            Err(refusal) => Err(refusal),
        };
        refused("a watch after it", seen, &Refusal::Conflict)?;
    }
    Ok(())
}

pub(super) async fn the_tail_of_one_is_told_first<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    bench.make("a", &[]).await?;
    for value in ["1", "2", "3"] {
        bench.relabel("a", "k", value).await?;
    }
    let asked = Asked {
        tail: 2,
        ..Asked::default()
    };
    let mut events = bench.subject.watch(Some(&bench.id("a")), &asked).await?;
    let tail = words(&mut events, 2).await?;
    same(
        "tail",
        &tail,
        &["updated a@3", "updated a@4"].map(str::to_owned).to_vec(),
    )?;
    bench.remove("a").await
}
