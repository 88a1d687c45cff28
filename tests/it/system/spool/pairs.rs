//! A picture and what was keyed in elsewhere, dropped into the folder of papers under one name.

use super::super::rig::{csv, eventually};
use super::{NUMBER, asked_for, quick};

#[test]
fn n141_a_picture_and_a_file_dropped_together_are_one_paper() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    let fax = include_bytes!("../../../../src/app/samples/fax_form.tif");
    let values = csv(NUMBER, 2, "V");
    rig.drop_file("fax/001", "ＦＡＸ-12.csv", &values);
    let sidecar = rig.end_of("ＦＡＸ-12.csv");
    assert_eq!((&*sidecar.place, sidecar.payload), ("accepted", values), "kept as it came");
    rig.drop_file("fax/001", "ＦＡＸ-12.tif", fax);
    let picture = rig.end_of("ＦＡＸ-12.tif");
    assert_eq!(picture.result["verdict"], "keying");
    let receipt = sidecar.result["receipt_no"].as_str().unwrap();
    eventually("the file is answered", || {
        let outbox = rig.files("outbox/fax/001");
        let own = outbox.iter().find(|(path, _)| path.contains(receipt));
        own.is_some_and(|(_, bytes)| super::super::rig::decoded(bytes).contains(&picture.receipt()))
    });
    // A name of no picture, and what cannot be read.
    rig.drop_file("fax/001", "other.csv", b"to be keyed in: 1,000 yen");
    let refused = rig.end_of("other.csv");
    assert_eq!(refused.place, "rejected");
    let told = rig.answer_to(&refused);
    assert!(told.contains("E_PAIR") && told.contains("E_SCHEMA"), "{told}");
    daemon.kill();
    rig.assert_whole();
}
