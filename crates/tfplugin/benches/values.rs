//! Cost of decoding and encoding: an object of 1,000 attributes, a set of 10,000 objects, and the smaller ones that
//! show the cost per element to be constant.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tfplugin::values::{Type, Value, msgpack};

fn object(attributes: u64) -> (Type, Value) {
    let name = |index: u64| format!("attribute_{index:05}");
    let ty = Type::object((0..attributes).map(|index| (name(index), Type::String)));
    let value = Value::object((0..attributes).map(|index| (name(index), Value::from(name(index)))));
    (ty, value)
}

fn set(elements: u64) -> (Type, Value) {
    let ty = Type::set(Type::object([
        ("name", Type::String),
        ("weight", Type::Number),
    ]));
    let element = |index: u64| {
        Value::object([
            ("name", Value::from(format!("machine-{index}"))),
            ("weight", index.into()),
        ])
    };
    (ty, Value::set((0..elements).map(element)))
}

fn decode_and_encode(
    criterion: &mut Criterion,
    name: &str,
    sizes: [u64; 3],
    sample: fn(u64) -> (Type, Value),
) {
    let mut group = criterion.benchmark_group(name);
    for size in sizes {
        let (ty, value) = sample(size);
        let wire = msgpack::encode(&value, &ty).expect("the value is of its type");
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                let value =
                    msgpack::decode(black_box(&wire), &ty).expect("written by our own encoder");
                msgpack::encode(&value, &ty).expect("the value is of its type")
            });
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    decode_and_encode(criterion, "object attributes", [10, 100, 1_000], object);
    decode_and_encode(criterion, "set elements", [100, 1_000, 10_000], set);
}

criterion_group!(values, benches);
criterion_main!(values);
