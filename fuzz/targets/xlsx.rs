#![no_main]
#[path = "../decoders.rs"]
#[allow(dead_code)]
mod decoders;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The reader of workbooks is not ours and may panic, which is caught; the fuzzer's hook would
    // end it before. What is not caught ends it all the same.
    drop(std::panic::take_hook());
    decoders::xlsx(bytes);
});
