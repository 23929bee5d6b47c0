//! The annals' part of the file.

use redb::{ReadTransaction, ReadableTable as _, TableDefinition, WriteTransaction};

use super::Commit;
use crate::Moment;
use crate::store::Row;

/// By stream and number: when it was written, in nanoseconds since the Unix epoch, and what it says.
const ROWS: TableDefinition<'_, (&str, u64), (u64, &[u8])> = TableDefinition::new("annals");

/// Makes the table, so that reading finds one.
pub(super) fn prepare(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(ROWS)?;
    Ok(())
}

/// Writes the rows of commits in their order, and answers the highest number.
pub(super) fn write(
    transaction: &WriteTransaction,
    commits: &[Commit],
) -> Result<Option<u64>, redb::Error> {
    let mut last = None;
    if commits.iter().all(|commit| commit.entries.is_empty()) {
        return Ok(last);
    }
    let mut table = transaction.open_table(ROWS)?;
    for entries in commits.iter().map(|commit| &commit.entries) {
        for (stream, row) in &entries.rows {
            table.insert(
                (&**stream, row.number),
                (nanos(row.at), row.text.as_slice()),
            )?;
            last = last.max(Some(row.number));
        }
        for stream in &entries.ended {
            table.retain_in((&**stream, 0)..=(&**stream, u64::MAX), |_, _| false)?;
        }
    }
    Ok(last)
}

pub(super) fn read(
    transaction: &ReadTransaction,
    stream: &str,
    after: u64,
    most: usize,
) -> Result<Vec<Row>, redb::Error> {
    let table = transaction.open_table(ROWS)?;
    let of_stream = table.range((stream, after.saturating_add(1))..=(stream, u64::MAX))?;
    let rows = of_stream.take(most).map(|entry| {
        let (key, value) = entry?;
        let (at, text) = value.value();
        Ok(Row {
            number: key.value().1,
            at: moment(at),
            text: text.to_vec(),
        })
    });
    rows.collect()
}

pub(super) fn last(transaction: &ReadTransaction, stream: &str) -> Result<u64, redb::Error> {
    let table = transaction.open_table(ROWS)?;
    let last = table.range((stream, 0)..=(stream, u64::MAX))?.next_back();
    Ok(match last {
        Some(entry) => entry?.0.value().1,
        None => 0,
    })
}

/// Visits each stream once, and of its rows those that go.
pub(super) fn forget_before(
    transaction: &WriteTransaction,
    before: Moment,
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(ROWS)?;
    let mut stream = String::new();
    loop {
        let next = table.range((stream.as_str(), u64::MAX)..)?;
        let mut next = next.filter(|entry| match entry {
            Ok((key, _)) => key.value().0 != stream,
            Err(_) => true,
        });
        let Some(entry) = next.next() else {
            return Ok(());
        };
        let name = entry?.0.value().0.to_owned();
        drop(next);
        let mut rows = table.range((name.as_str(), 0)..=(name.as_str(), u64::MAX))?;
        let last = rows.next_back().transpose()?;
        let last = last.map_or(0, |(key, _)| key.value().1);
        drop(rows);
        let old = (name.as_str(), 0)..(name.as_str(), last);
        table.retain_in(old, |_, (at, _)| at >= nanos(before))?;
        stream = name;
    }
}

fn nanos(moment: Moment) -> u64 {
    u64::try_from(moment.since_unix().as_nanos()).unwrap_or(u64::MAX)
}

fn moment(nanos: u64) -> Moment {
    Moment::from_unix(std::time::Duration::from_nanos(nanos))
}
