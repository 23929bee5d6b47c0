//! From the start of a provider's process to its handshake line, and to its end after the order: what every run of
//! `terraform` pays for each provider, several times. The floor is a process that does nothing.

use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};
use tfplugin::testing::client::{ClientIdentity, Launch, Plugin};

const PROVIDER: &str = env!("CARGO_BIN_EXE_tfplugin-minimal");

fn start(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("threads to run on");
    let launch = Launch::new(PROVIDER).with("TF_LOG", "");
    let identity = ClientIdentity::generate().expect("a certificate can be made");
    let mut group = criterion.benchmark_group("start");
    group.bench_function("floor: a process that does nothing", |bencher| {
        bencher.iter(|| Command::new("true").status().expect("it runs"));
    });
    group.bench_function("to the handshake line", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let mut child = launch.start(Some(&identity)).expect("it starts");
            child.handshake().await.expect("it says where it is")
        });
    });
    group.bench_function("whole life without a call", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            let plugin = Plugin::start(&launch).await.expect("it can be reached");
            plugin.shut_down().await.expect("it ends")
        });
    });
    group.finish();
}

criterion_group!(benches, start);
criterion_main!(benches);
