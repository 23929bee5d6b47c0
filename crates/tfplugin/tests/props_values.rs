//! Properties of values and their codecs.

mod random;

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use random::types::{any_type, static_type};
use random::values::{number, value_of};
use tfplugin::values::{Descend, Number, Type, Value, conform, json, msgpack};

/// A value that prints itself when a property fails.
#[derive(Clone)]
struct Sample {
    ty: Type,
    value: Value,
}

impl std::fmt::Debug for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {}", self.value.reveal(), self.ty.to_json())
    }
}

fn sample(unknowns: bool) -> impl Strategy<Value = Sample> {
    let with_value = move |ty: Type| {
        value_of(&ty, unknowns).prop_map(move |value| Sample {
            ty: ty.clone(),
            value,
        })
    };
    any_type().prop_flat_map(with_value)
}

fn same(left: &Value, right: &Value) -> Result<(), TestCaseError> {
    prop_assert_eq!(left.reveal(), right.reveal());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_type_reads_back_from_its_notation(ty in any_type()) {
        prop_assert_eq!(Type::from_json(ty.to_json().as_bytes()).unwrap(), ty);
    }

    #[test]
    fn a_value_fits_the_type_it_was_made_for(Sample { ty, value } in sample(true)) {
        prop_assert!(conform(&value, &ty).is_ok());
    }

    #[test]
    fn messagepack_reads_back_what_was_written(Sample { ty, value } in sample(true)) {
        let wire = msgpack::encode(&value, &ty).unwrap();
        same(&msgpack::decode(&wire, &ty).unwrap(), &value)?;
    }

    #[test]
    fn json_reads_back_what_was_written(Sample { ty, value } in sample(false)) {
        let text = json::encode(&value, &ty).unwrap();
        let back = json::decode(text.as_bytes(), &ty).unwrap();
        same(&back, &value)?;
        let adapted = json::adapt(text.as_bytes(), &ty).unwrap();
        same(&adapted.value, &value)?;
        prop_assert!(adapted.dropped.is_empty());
    }

    #[test]
    fn json_cannot_carry_an_unknown(Sample { ty, value } in sample(true)) {
        prop_assert_eq!(json::encode(&value, &ty).is_ok(), value.is_wholly_known());
    }

    #[test]
    fn what_is_read_is_of_the_type_whatever_was_written(written in sample(true), ty in any_type()) {
        let wire = msgpack::encode(&written.value, &written.ty).unwrap();
        if let Ok(read) = msgpack::decode(&wire, &ty) {
            prop_assert!(conform(&read, &ty).is_ok());
            prop_assert!(msgpack::encode(&read, &ty).is_ok());
        }
    }

    #[test]
    fn a_foreign_state_is_adapted_to_the_type(written in sample(false), ty in static_type()) {
        let text = json::encode(&written.value, &written.ty).unwrap();
        if let Ok(adapted) = json::adapt(text.as_bytes(), &ty) {
            prop_assert!(conform(&adapted.value, &ty).is_ok());
        }
    }

    #[test]
    fn random_bytes_are_no_panic(bytes in vec(any::<u8>(), 0..200), ty in any_type()) {
        let _ = msgpack::decode(&bytes, &ty);
        let _ = json::decode(&bytes, &ty);
        let _ = json::adapt(&bytes, &ty);
        let _ = Type::from_json(&bytes);
    }

    #[test]
    fn damaged_encodings_are_no_panic(
        Sample { ty, value } in sample(true),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
    ) {
        let damaged = |mut bytes: Vec<u8>| {
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let cut = cut.index(bytes.len());
            [bytes[..cut].to_vec(), bytes]
        };
        for bytes in damaged(msgpack::encode(&value, &ty).unwrap()) {
            let _ = msgpack::decode(&bytes, &ty);
        }
        for bytes in json::encode(&value, &ty).map(|text| damaged(text.into_bytes())).into_iter().flatten() {
            let _ = json::decode(&bytes, &ty);
            let _ = json::adapt(&bytes, &ty);
        }
    }

    #[test]
    fn every_part_is_found_under_its_path(Sample { value, .. } in sample(true)) {
        value.walk(|path, part| {
            // A dynamic value and what is in it stand in the same place.
            let found = value.at(path).unwrap();
            assert!(found == part || matches!(found, Value::Dynamic(inner) if inner.1 == *part));
            Descend::Into
        });
        let rebuilt = value.clone().transform(|_, part| part);
        same(&rebuilt, &value)?;
    }

    #[test]
    fn no_order_of_elements_makes_another_set(elements in vec(value_of(&Type::list(Type::String), true), 0..8)) {
        let set = Value::set(elements.clone());
        let reversed = Value::set(elements.into_iter().rev());
        same(&set, &reversed)?;
        prop_assert!(HashSet::from([set]).contains(&reversed));
    }

    #[test]
    fn a_number_reads_back_from_its_text(number in number()) {
        prop_assert_eq!(number.to_string().parse::<Number>().unwrap(), number);
    }

    #[test]
    fn the_debug_form_shows_no_text(secret in "[0-9a-f]{16}") {
        let value = Value::object([("token", Value::map([("k", Value::from(secret.clone()))]))]);
        let debug = format!("{value:?}");
        prop_assert!(!debug.contains(&secret));
        let ty = Type::object([("token", Type::map(Type::Bool))]);
        let text = json::encode(&value, &Type::object([("token", Type::map(Type::String))])).unwrap();
        let wire = msgpack::encode(&value, &Type::object([("token", Type::map(Type::String))])).unwrap();
        let errors = [
            conform(&value, &ty).unwrap_err(),
            json::decode(text.as_bytes(), &ty).unwrap_err(),
            msgpack::decode(&wire, &ty).unwrap_err(),
        ];
        for error in errors {
            let words = format!("{error:?} {error}");
            prop_assert!(!words.contains(&secret));
            prop_assert_eq!(error.path().to_string(), "token[\"k\"]");
        }
    }
}
