//! The codecs against bytes that Terraform's own value library (go-cty 1.19) wrote.
//!
//! `same` marks the rows that our encoder must write byte for byte; the others hold refinements, which are read as
//! plain unknowns and not written back, or a float that Terraform takes for a decimal and we write as that decimal.
//! `json` is there where Terraform reads its JSON back without a loss, the smallest float apart.

use serde::Deserialize;
use tfplugin::values::{Type, json, msgpack};

#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(rename = "type")]
    ty: Type,
    msgpack: String,
    json: Option<String>,
    same: bool,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("fixtures/cty-vectors.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).unwrap());
    digits
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

#[test]
fn what_terraform_wrote_is_read_and_written_back_byte_for_byte() {
    let rows = rows();
    for row in &rows {
        let wire = bytes(&row.msgpack);
        let value = msgpack::decode(&wire, &row.ty).unwrap_or_else(|e| panic!("{}: {e}", row.name));
        let written = msgpack::encode(&value, &row.ty).unwrap();
        assert_eq!(
            written == wire,
            row.same,
            "{}: {:?}",
            row.name,
            value.reveal()
        );
        assert_eq!(
            msgpack::decode(&written, &row.ty).unwrap(),
            value,
            "{}",
            row.name
        );
    }
    println!("{} rows ran", rows.len());
    assert!(rows.len() > 100);
}

#[test]
fn the_json_of_terraform_is_the_same_value() {
    let mut ran = 0;
    for row in rows() {
        let Some(text) = &row.json else { continue };
        let value = msgpack::decode(&bytes(&row.msgpack), &row.ty).unwrap();
        let from_json = json::decode(text.as_bytes(), &row.ty).unwrap();
        assert_eq!(from_json.reveal(), value.reveal(), "{}", row.name);
        assert_eq!(
            json::encode(&value, &row.ty).unwrap(),
            *text,
            "{}",
            row.name
        );
        ran += 1;
    }
    println!("{ran} rows ran");
    assert!(ran > 60);
}

#[test]
fn every_cut_of_every_row_is_an_error_and_no_panic() {
    let mut ran = 0;
    for row in rows() {
        let wire = bytes(&row.msgpack);
        for cut in 0..wire.len() {
            assert!(
                msgpack::decode(&wire[..cut], &row.ty).is_err(),
                "{} cut at {cut}",
                row.name
            );
            ran += 1;
        }
    }
    println!("{ran} cuts ran");
}
