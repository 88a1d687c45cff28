//! The `kessai` command. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Other threads log to stderr: it must not be locked here for the whole run.
    let (mut out, mut talk) = (std::io::stdout().lock(), std::io::stderr());
    ExitCode::from(kessai::app::cli::run(std::env::args_os(), &mut out, &mut talk).code())
}
