//! The binary `weir`.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::cli::main()
}
