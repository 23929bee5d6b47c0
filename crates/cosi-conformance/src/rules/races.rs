//! Many at once: exactly one wins, and nothing is lost.

use futures::future::join_all;

use crate::bench::Bench;
use crate::expect::{Broken, Outcome, same};
use crate::subject::{Refusal, Subject};

const MANY: usize = 10;

/// Expects that one of many succeeded and all others met the same refusal.
fn one_wins<T>(results: Vec<Result<T, Refusal>>, lost: &Refusal) -> Outcome {
    let won = results.iter().filter(|result| result.is_ok()).count();
    same("winners", &won, &1)?;
    for refusal in results.into_iter().filter_map(Result::err) {
        same("what the others met", &refusal, lost)?;
    }
    Ok(())
}

pub(super) async fn one_of_many_creators_wins<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    let creates = (0..MANY).map(|_| bench.subject.create(bench.sample("a", &[]), ""));
    one_wins(join_all(creates).await, &Refusal::Exists)?;
    bench.remove("a").await
}

pub(super) async fn one_of_many_writers_of_a_version_wins<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    let made = bench.make("a", &[]).await?;
    let writes = (0..MANY).map(|number| {
        let mut write = made.clone();
        write
            .metadata
            .labels
            .insert("k".to_owned(), number.to_string());
        bench.subject.update(write, "", None)
    });
    one_wins(join_all(writes).await, &Refusal::Conflict)?;
    let stored = bench.subject.get(&bench.id("a")).await?;
    same(
        "version",
        &stored.metadata.version,
        &made.metadata.version.next(),
    )?;
    bench.remove("a").await
}

/// Adds or removes a finalizer, as often as somebody else is faster.
async fn hold<S: Subject>(bench: &Bench<'_, S>, name: &str, add: bool) -> Outcome {
    loop {
        let mut resource = bench.subject.get(&bench.id("a")).await?;
        let finalizers = &mut resource.metadata.finalizers;
        if add {
            finalizers.push(name.to_owned());
        } else {
            finalizers.retain(|finalizer| finalizer != name);
        }
        match bench.subject.update(resource, "", None).await {
            Err(Refusal::Conflict) => {}
            result => return result.map(drop).map_err(Broken::from),
        }
    }
}

pub(super) async fn no_finalizer_of_many_is_lost<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    bench.make("a", &[]).await?;
    let names: Vec<_> = (0..MANY).map(|number| format!("Holder{number}")).collect();
    for add in [true, false] {
        let all = join_all(names.iter().map(|name| hold(&bench, name, add))).await;
        all.into_iter().collect::<Outcome>()?;
        let stored = bench.subject.get(&bench.id("a")).await?;
        let left = if add { MANY } else { 0 };
        same("finalizers", &stored.metadata.finalizers.len(), &left)?;
    }
    bench.remove("a").await
}
