//! What the same work would cost without a plane: the figures that no plane can go below.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(dead_code, reason = "each bench that includes it uses some of it")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use omni_api::cosi;
use omni_plane::store::Query;
use omni_plane::{Clock, Store};
use prost::Message as _;
use redb::{ReadableDatabase as _, ReadableTable as _, TableDefinition};

/// The argument that lets a process do the commits of another one's file, and nothing else.
pub(crate) const COMMITS: &str = "commits";

const RESOURCES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("resources");

/// Reads every resource's bytes from a file of state, and nothing else.
pub(crate) fn reading(path: &Path) -> (usize, Duration) {
    let started = Instant::now();
    let database = redb::Database::open(path).expect("the file");
    let transaction = database.begin_read().expect("it reads");
    let table = transaction.open_table(RESOURCES).expect("there is one");
    let (mut count, mut bytes) = (0, 0);
    for entry in table.iter().expect("it reads") {
        bytes += entry.expect("it reads").1.value().len();
        count += 1;
    }
    std::hint::black_box(bytes);
    (count, started.elapsed())
}

/// Writes a few bytes so that they survive, over and over; how long one write takes.
pub(crate) fn flush(path: &Path) -> Duration {
    const TIMES: u32 = 200;
    let database = redb::Database::create(path).expect("a new file");
    let started = Instant::now();
    for time in 0..TIMES {
        let transaction = database.begin_write().expect("it writes");
        let mut table = transaction.open_table(RESOURCES).expect("a table");
        let value = time.to_be_bytes();
        table
            .insert(&b"counter"[..], &value[..])
            .expect("it writes");
        drop(table);
        transaction.commit().expect("it writes");
    }
    started.elapsed() / TIMES
}

/// Makes as many commits as there were, of the resources that there are, into a store without controllers.
///
/// In a process of its own: the memory that this takes is not the plane's, and the allocator would not give it back.
pub(crate) fn commits(store: &Store, work: &Path) {
    let mut file = BufWriter::new(File::create(work).expect("a new file"));
    for holding in store.holdings() {
        for resource in store.list(&holding.namespace, &holding.type_name, &Query::all()) {
            let resource = omni_api::AnyResource::clone(&resource);
            let bytes = cosi::Resource::from(resource).encode_length_delimited_to_vec();
            file.write_all(&bytes).expect("it writes");
        }
    }
    file.into_inner().expect("it writes");
    let bench = std::env::current_exe().expect("this program");
    let status = Command::new(bench).arg(COMMITS).arg(work).status();
    assert!(status.expect("it starts").success(), "the floor failed");
}

/// The other half of [`commits`].
pub(crate) fn commit_all(work: &Path) {
    let bytes = std::fs::read(work).expect("the file");
    let mut rest = bytes.as_slice();
    let mut work = Vec::new();
    while !rest.is_empty() {
        let resource = cosi::Resource::decode_length_delimited(&mut rest).expect("ours");
        let resource = omni_api::AnyResource::try_from(resource).expect("ours");
        let writes = resource.metadata.version.count().unwrap_or_default();
        work.push((resource, writes));
    }
    let bare = Store::in_memory(Clock::manual());
    let started = Instant::now();
    let mut commits = 0;
    for (resource, writes) in work {
        let owner = resource.metadata.owner.clone();
        let mut written = bare.create(resource, &owner).expect("it is new");
        for _ in 1..writes {
            let next = omni_api::AnyResource::clone(&written);
            written = bare.update(next, &owner, None).expect("it is there");
        }
        commits += writes;
    }
    println!(
        "floor: the same {commits} writes into a store without controllers and file {:.2?}",
        started.elapsed()
    );
}
