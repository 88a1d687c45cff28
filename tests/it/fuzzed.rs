//! The inputs that once took the fuzzer somewhere new, run again over every decoder.

#[path = "../../fuzz/decoders.rs"]
mod decoders;

use std::path::Path;

#[test]
fn no_decoder_stumbles_over_what_the_fuzzer_found() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, decode) in decoders::DECODERS {
        let inputs = std::fs::read_dir(kept.join(name)).unwrap();
        let mut paths: Vec<_> = inputs.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 20, "{name} has {} inputs", paths.len());
        for path in paths {
            let bytes = std::fs::read(&path).unwrap();
            let ran = std::panic::catch_unwind(|| decode(&bytes));
            assert!(ran.is_ok(), "{name} fails on {}", path.display());
        }
    }
}
