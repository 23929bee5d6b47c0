//! Which resources a list answers.

use crate::bench::Bench;
use crate::expect::{Broken, Outcome, same};
use crate::subject::{Asked, Subject};

/// Resources with labels of every sort that the operators tell apart.
const WORLD: [(&str, &[(&str, &str)]); 4] = [
    ("a", &[("rack", "r1"), ("cores", "4")]),
    ("b", &[("rack", "r2"), ("cores", "16")]),
    ("c", &[("cores", "8")]),
    ("d", &[("rack", "")]),
];

async fn create<S: Subject>(bench: &Bench<'_, S>) -> Outcome {
    for (name, labels) in WORLD.iter().rev() {
        bench.make(name, labels).await?;
    }
    Ok(())
}

async fn remove<S: Subject>(bench: &Bench<'_, S>) -> Outcome {
    for (name, _) in WORLD {
        bench.remove(name).await?;
    }
    Ok(())
}

/// The names that a query finds, in the order of the answer.
async fn found<S: Subject>(bench: &Bench<'_, S>, asked: &Asked) -> Result<String, Broken> {
    let all = bench.subject.list(asked).await?;
    let names = all
        .iter()
        .filter_map(|one| one.metadata.id.rsplit('-').next());
    Ok(names.collect())
}

pub(super) async fn a_list_is_sorted_by_id<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    create(&bench).await?;
    let all = found(&bench, &bench.asked(&[])?).await?;
    same("the order", &all.as_str(), &"abcd")?;
    remove(&bench).await
}

pub(super) async fn labels_select_as_their_operators_say<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    create(&bench).await?;
    for (query, expected) in [
        ("rack", "abd"),
        ("!rack", "c"),
        ("rack = r1", "a"),
        ("rack != r1", "bcd"),
        ("rack in (r1, r2)", "ab"),
        ("rack notin (r1, r2)", "cd"),
        ("cores < 8", "a"),
        ("cores <= 8", "ac"),
        ("cores > 8", "b"),
        ("cores >= 8", "bc"),
    ] {
        let names = found(&bench, &bench.asked(&[query])?).await?;
        same(query, &names.as_str(), &expected)?;
    }
    remove(&bench).await
}

pub(super) async fn alternatives_add_up_and_terms_narrow_down<S: Subject>(
    bench: Bench<'_, S>,
) -> Outcome {
    create(&bench).await?;
    let both = bench.asked(&["rack, cores > 8"])?;
    same("terms", &found(&bench, &both).await?.as_str(), &"b")?;
    let either = bench.asked(&["rack = r1", "!rack"])?;
    same(
        "alternatives",
        &found(&bench, &either).await?.as_str(),
        &"ac",
    )?;
    remove(&bench).await
}

pub(super) async fn ids_are_selected_by_expressions<S: Subject>(bench: Bench<'_, S>) -> Outcome {
    create(&bench).await?;
    let asked = Asked {
        id: Some("-[bd]$".to_owned()),
        ..bench.asked(&[])?
    };
    same("ids", &found(&bench, &asked).await?.as_str(), &"bd")?;
    let narrowed = Asked {
        id: Some("-[bd]$".to_owned()),
        ..bench.asked(&["cores"])?
    };
    same(
        "ids and labels",
        &found(&bench, &narrowed).await?.as_str(),
        &"b",
    )?;
    remove(&bench).await
}
