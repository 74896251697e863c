//! The `rsv` program: hands its arguments to the library.
fn main() -> std::process::ExitCode {
    rsvault::cli::main()
}
